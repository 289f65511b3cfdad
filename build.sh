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

# The SDK remembers where each tool lies, and a restore does not correct that after the folder of the packages was moved or
# deleted. What points to nothing is forgotten first.
remembered="${DOTNET_CLI_HOME:-$HOME}/.dotnet/toolResolverCache/1"
lies_where_remembered() {
  grep -o '"PathToExecutable":"[^"]*"' "$remembered/$1" | cut -d '"' -f 4 | while read -r file; do
    [ -f "$file" ] || exit 1
  done
}
for tool in cake.tool csharpier; do
  if [ -f "$remembered/$tool" ] && ! lies_where_remembered "$tool"; then
    rm -f "$remembered/$tool" || echo "Delete $remembered/$tool: it names a file that is gone." >&2
  fi
done

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
