@rem Runs moda.ps1 from the command prompt, whatever the policy for scripts is.
@powershell -NoProfile -ExecutionPolicy Bypass -File "%~dp0moda.ps1" %*
