import torch
from torch import nn
import torch.nn.functional as F
class Mean(nn.Module):
    def forward(self,x,m): return x
class L(nn.Module):
    def __init__(s,w,layers,drop):
        super().__init__()
        s.f=nn.ModuleList(nn.LSTM(w,w//2,batch_first=True) for _ in range(layers)); s.b=nn.ModuleList(nn.LSTM(w,w//2,batch_first=True) for _ in range(layers)); s.d=nn.Dropout(drop)
    def forward(s,x,m):
        T=x.shape[1]; t=torch.arange(T)[None]; L=m.sum(1,keepdim=True); ri=torch.where(t<L,L-1-t,t)[:,:,None]
        for i,(f,b) in enumerate(zip(s.f,s.b)):
            if i: x=s.d(x)
            r=lambda z: z.gather(1,ri.expand_as(z))
            x=torch.cat([f(x)[0],r(b(r(x))[0])],-1)
        return x
class C(nn.Module):
    def __init__(s,w,k):
        super().__init__(); s.ks=(k,k+1,k+2); s.c=nn.ModuleList(nn.Conv1d(w,w//3+(w%3 if i==0 else 0),k) for i,k in enumerate(s.ks))
    def forward(s,x,m):
        z=(x*m[:,:,None]).transpose(1,2)
        return torch.cat([c(F.pad(z,((k-1)//2,k//2))).relu() for c,k in zip(s.c,s.ks)],1).transpose(1,2)
class A(nn.Module):
    def __init__(s,w,layers,heads,drop):
        super().__init__(); s.l=nn.TransformerEncoder(nn.TransformerEncoderLayer(w,heads,4*w,drop,'gelu',batch_first=True,norm_first=True),layers,enable_nested_tensor=False)
        pe=torch.zeros(2000,w); pos=torch.arange(2000)[:,None]; div=torch.exp(torch.arange(0,w,2)*(-9.21/w)); pe[:,0::2]=torch.sin(pos*div); pe[:,1::2]=torch.cos(pos*div); s.register_buffer("pe",pe*0.1)
    def forward(s,x,m): return s.l(x+s.pe[:x.shape[1]],src_key_padding_mask=~m)
ENCODERS={"mean":lambda w,l,h,k,d:Mean(),"lstm":lambda w,l,h,k,d:L(w,l,d),"rnn":lambda w,l,h,k,d:L(w,l,d),"cnn":lambda w,l,h,k,d:C(w,k),"attention":lambda w,l,h,k,d:A(w,l,h,d)}
