using System.Runtime.InteropServices;

namespace Moda.Cli.Terminal;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP. The first one asks the command to stop; a second one, or a command that does not stop in time, ends the
/// process. What is half written then is removed by the next run that writes there.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>Time that a command has to stop its work and delete what is half written.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private int signals;

    /// <summary>Listens from now on.</summary>
    public Interruption()
    {
        Listen(PosixSignal.SIGINT, ExitCode.Cancelled);
        Listen(PosixSignal.SIGTERM, ExitCode.Terminated);
        if (!OperatingSystem.IsWindows() && !IgnoresHangup())
        {
            Listen(PosixSignal.SIGHUP, ExitCode.HungUp);
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>What the process returns when it was stopped: 128 and the signal, as shells report it.</summary>
    public int Code { get; private set; } = ExitCode.Cancelled;

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    // The runtime would take the signal that nohup has told us to ignore.
    private static bool IgnoresHangup()
    {
        const string Ignored = "SigIgn:";
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal));
            return line is not null && (Convert.ToUInt64(line[Ignored.Length..].Trim(), 16) & 1) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return false;
        }
    }

    private void Listen(PosixSignal signal, int code) => registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Stop(code);
    }));

    private void Stop(int code)
    {
        if (Interlocked.Increment(ref signals) > 1)
        {
            Environment.Exit(Code);
        }

        Code = code;
        _ = source.CancelAsync();
        _ = EndAfterPatienceAsync();
    }

    private async Task EndAfterPatienceAsync()
    {
        await Task.Delay(Patience);
        Environment.Exit(Code);
    }
}
