#!/usr/bin/env pwsh
# From a fresh clone to output/demo.mp4, as './demo.sh' does where there is bash: the bundled portrait speaks the bundled voice, on this
# machine's CPU. Needs the .NET 10 SDK and ffmpeg.
$ErrorActionPreference = 'Stop'
if (-not (Get-Command ffmpeg -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("demo: ffmpeg is needed to write a video; install it, for instance with 'winget install ffmpeg'.")
    exit 1
}

Set-Location $PSScriptRoot
New-Item -ItemType Directory -Force output | Out-Null
& ./moda.ps1 generate --image assets/portrait.png --audio assets/speech.wav --out output/demo.mp4 --overwrite @args
exit $LASTEXITCODE
