# Runs a task of build.cake: ./build.ps1 --target=Test. Needs nothing but the .NET 10 SDK; the tools are local.
$ErrorActionPreference = 'Stop'
if (-not $env:TRADING_INVOKED_FROM) { $env:TRADING_INVOKED_FROM = (Get-Location).Path }
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue) -or -not ((dotnet --list-sdks) -match '^10\.')) {
    Write-Error 'The .NET 10 SDK is needed: https://dotnet.microsoft.com/download/dotnet/10.0'
    exit 1
}

Push-Location $PSScriptRoot
try {
    # The SDK remembers where each tool lies, and a restore does not correct that after the folder of the packages was moved
    # or deleted. What points to nothing is forgotten first.
    $cliHome = if ($env:DOTNET_CLI_HOME) { $env:DOTNET_CLI_HOME } else { $HOME }
    foreach ($tool in 'cake.tool', 'csharpier') {
        $remembered = Join-Path $cliHome ".dotnet/toolResolverCache/1/$tool"
        if ((Test-Path $remembered) -and
            (Get-Content -Raw $remembered | ConvertFrom-Json | Where-Object { -not (Test-Path $_.PathToExecutable) })) {
            Remove-Item -Force $remembered
        }
    }

    $restored = dotnet tool restore 2>&1
    if ($LASTEXITCODE -ne 0) { $restored | Out-Host; exit $LASTEXITCODE }
    dotnet cake build.cake @args
    exit $LASTEXITCODE
}
finally {
    Pop-Location
}
