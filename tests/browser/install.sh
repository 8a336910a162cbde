#!/usr/bin/env bash
# Chromium and a font with Chinese, from Debian, where they are missing and can be installed.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null | head -1)" ] || missing+=(fontconfig fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update && apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "missing, and only root can install them with apt: ${missing[*]}; without Chromium the browser tests are skipped"
fi
