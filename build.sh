#!/usr/bin/env bash
# Runs a task of build.cake: ./build.sh --target=Test. Needs nothing but the .NET 10 SDK; the tools are local.
set -euo pipefail

export TRADING_INVOKED_FROM="${TRADING_INVOKED_FROM:-$PWD}"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
[ -t 1 ] || export NO_COLOR=1
cd "$(dirname "${BASH_SOURCE[0]}")"

if ! command -v dotnet > /dev/null; then
  echo "The .NET 10 SDK is needed and dotnet was not found: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi
if ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "The .NET 10 SDK is needed; installed are:" >&2
  dotnet --list-sdks >&2
  echo "Get it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
  exit 1
fi

if ! restored="$(dotnet tool restore 2>&1)"; then
  echo "$restored" >&2
  exit 1
fi

# The tool's launcher drops an interrupt that reaches it alone, so both signals are passed on as the one it heeds.
dotnet cake build.cake "$@" <&0 &
cake=$!
trap 'signalled=1; kill -TERM "$cake" 2> /dev/null || true' INT TERM HUP
while true; do
  signalled=0 code=0
  wait "$cake" || code=$?
  [ "$signalled" = 1 ] || exit "$code"
done
