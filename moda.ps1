#!/usr/bin/env pwsh
# Builds the command line once, then runs it, as './moda' does where there is bash. A changed source builds it again. 'moda serve' builds and runs
# the web service instead.
$ErrorActionPreference = 'Stop'
$name = 'moda'
$rest = $args
if ($args.Count -gt 0 -and $args[0] -eq 'serve') {
    $name = 'moda-web'
    $rest = @($args | Select-Object -Skip 1)
}
$app = Join-Path $PSScriptRoot "apps/$name/bin/Release/net10.0/$name.dll"

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("moda: the .NET 10 SDK is needed (https://dotnet.microsoft.com/download); 'dotnet' is not on the PATH.")
    exit 1
}

$sources = 'src', "apps/$name", 'kernels', 'open-checkpoint' | ForEach-Object { Join-Path $PSScriptRoot $_ }
$built = if (Test-Path $app) { (Get-Item $app).LastWriteTimeUtc } else { [DateTime]::MinValue }
$newer = Get-ChildItem -Recurse -File $sources |
    Where-Object { $_.LastWriteTimeUtc -gt $built -and $_.FullName -notmatch '[\\/](bin|obj)[\\/]' } |
    Select-Object -First 1
if ($newer -or (Get-Item (Join-Path $PSScriptRoot 'Directory.*.props')).LastWriteTimeUtc -gt $built) {
    [Console]::Error.WriteLine('moda: building...')
    $log = dotnet build (Join-Path $PSScriptRoot "apps/$name/$name.csproj") -c Release -v quiet --nologo 2>&1
    if ($LASTEXITCODE -ne 0) {
        $log | ForEach-Object { [Console]::Error.WriteLine($_) }
        exit 1
    }
    (Get-Item $app).LastWriteTimeUtc = [DateTime]::UtcNow
}

& dotnet $app @rest
exit $LASTEXITCODE
