#!/usr/bin/env pwsh
# Builds the command line once, then runs it, as './moda' does where there is bash. A changed source builds it again.
$ErrorActionPreference = 'Stop'
$app = Join-Path $PSScriptRoot 'apps/moda/bin/Release/net10.0/moda.dll'

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("moda: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download); 'dotnet' is not on the PATH.")
    exit 1
}

$sources = 'src', 'apps/moda', 'kernels', 'open-checkpoint' | ForEach-Object { Join-Path $PSScriptRoot $_ }
$built = if (Test-Path $app) { (Get-Item $app).LastWriteTimeUtc } else { [DateTime]::MinValue }
$newer = Get-ChildItem -Recurse -File $sources |
    Where-Object { $_.LastWriteTimeUtc -gt $built -and $_.FullName -notmatch '[\\/](bin|obj)[\\/]' } |
    Select-Object -First 1
if ($newer -or (Get-Item (Join-Path $PSScriptRoot 'Directory.*.props')).LastWriteTimeUtc -gt $built) {
    [Console]::Error.WriteLine('moda: building...')
    $log = dotnet build (Join-Path $PSScriptRoot 'apps/moda/moda.csproj') -c Release -v quiet --nologo 2>&1
    if ($LASTEXITCODE -ne 0) {
        $log | ForEach-Object { [Console]::Error.WriteLine($_) }
        exit 1
    }
    (Get-Item $app).LastWriteTimeUtc = [DateTime]::UtcNow
}

& dotnet $app @args
exit $LASTEXITCODE
