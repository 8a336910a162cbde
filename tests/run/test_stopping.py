from vec2seq.run.stopping import Stopping


def test_stops_when_nothing_got_better_for_a_while() -> None:
    stopping = Stopping(patience=2)
    assert [stopping.add(value) for value in (3.0, 2.0, 2.5)] == [True, True, False]
    assert not stopping.done
    stopping = Stopping(**vars(stopping))  # as a checkpoint restores it
    assert not stopping.add(2.0)
    assert stopping.done
    assert stopping.best == 2.0
    assert stopping.best_epoch == 2


def test_patience_0_never_stops() -> None:
    stopping = Stopping(patience=0)
    for value in range(10):
        stopping.add(value)
    assert not stopping.done
