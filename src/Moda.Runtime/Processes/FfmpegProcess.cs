using System.ComponentModel;
using System.Diagnostics;

namespace Moda.Runtime.Processes;

/// <summary>
/// One running ffmpeg. Disposing it kills the process and its children when they are still running, so an abandoned
/// run never outlives its owner.
/// </summary>
internal sealed class FfmpegProcess : IAsyncDisposable
{
    /// <summary>How many of the last lines of standard error are kept for messages.</summary>
    public const int ErrorTailLines = 20;

    private readonly Process process;
    private readonly string activity;
    private readonly ErrorTail errorTail = new();
    private readonly Task errorReader;
    private readonly Task exited;
    private readonly ProcessOutput output;
    private bool disposed;

    private FfmpegProcess(Process process, string activity)
    {
        this.process = process;
        this.activity = activity;
        errorReader = errorTail.ReadAsync(process.StandardError);
        exited = process.WaitForExitAsync();
        output = new ProcessOutput(process, exited);
    }

    /// <summary>ffmpeg's standard input: what it reads as <c>pipe:0</c>. Close it (or call <see cref="CompleteAsync"/>) to end the input.</summary>
    public Stream StandardInput => process.StandardInput.BaseStream;

    /// <summary>ffmpeg's standard output: what it writes as <c>pipe:1</c>. It must be read, or ffmpeg stops when the pipe is full.</summary>
    public Stream StandardOutput => output;

    /// <summary>The last lines that ffmpeg wrote to its standard error so far.</summary>
    public string ErrorTail => string.Join(Environment.NewLine, errorTail.Lines);

    internal static FfmpegProcess Start(string program, string activity, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            return new FfmpegProcess(Process.Start(start)!, activity);
        }
        catch (Win32Exception error)
        {
            throw new FfmpegException($"{activity}: '{program}' could not be started: {error.Message}", innerException: error);
        }
    }

    /// <summary>Copies a stream to ffmpeg's input and closes it. That ffmpeg stops reading early is no error: it may have enough.</summary>
    /// <param name="input">What to copy; null just closes the input.</param>
    /// <param name="cancellationToken">Stops the copying.</param>
    public async Task FeedAsync(Stream? input, CancellationToken cancellationToken = default)
    {
        try
        {
            if (input is not null)
            {
                await input.CopyToAsync(StandardInput, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // The pipe is broken: CompleteAsync reads from the exit status whether ffmpeg failed or had enough.
        }
        finally
        {
            CloseInput();
        }
    }

    /// <summary>Closes the input, waits for the end and checks it.</summary>
    /// <param name="cancellationToken">Kills the process and its children.</param>
    /// <exception cref="FfmpegException">The exit status is not 0; the message carries the last lines that ffmpeg wrote.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        CloseInput();
        try
        {
            await exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw;
        }
        await LastErrorsAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw Failure();
        }
    }

    /// <summary>
    /// The exception for a run that ended early: waits a moment for the process to end, so that its last words and its
    /// exit status are in the message.
    /// </summary>
    /// <param name="cause">What was noticed on this side, such as a broken pipe.</param>
    public async Task<FfmpegException> ExplainAsync(Exception cause)
    {
        await WaitPatientlyAsync().ConfigureAwait(false);
        await LastErrorsAsync().ConfigureAwait(false);
        return Failure(cause);
    }

    /// <summary>Kills the process and its children when they are still running.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended on its own between the look and the kill.
        }
    }

    /// <summary>Kills the process when it still runs, waits for its end and releases its pipes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }
        disposed = true;
        if (!process.HasExited)
        {
            Kill();
            await exited.ConfigureAwait(false);
        }
        CloseInput();
        await LastErrorsAsync().ConfigureAwait(false);
        // The process leaves pipes that were used to their user; a child of ffmpeg may still hold the other ends.
        await output.DisposeAsync().ConfigureAwait(false);
        process.StandardError.Dispose();
        process.Dispose();
    }

    // A child that ffmpeg has left behind may hold its standard error for ever.
    private async Task LastErrorsAsync() =>
        await Task.WhenAny(errorReader, Task.Delay(ProcessOutput.Patience)).ConfigureAwait(false);

    private FfmpegException Failure(Exception? cause = null)
    {
        string[] lines = errorTail.Lines;
        int? exitCode = process.HasExited ? process.ExitCode : null;
        string found = lines.Length > 0
            ? string.Join("; ", lines.TakeLast(3))
            : cause?.Message ?? $"exit status {exitCode}";
        return new FfmpegException($"{activity}: ffmpeg failed: {found}", exitCode, string.Join(Environment.NewLine, lines), cause);
    }

    private async Task WaitPatientlyAsync()
    {
        CloseInput();
        if (await Task.WhenAny(exited, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false) != exited)
        {
            Kill();
        }
    }

    private void CloseInput()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Unwritten bytes to a process that has gone; its exit status is what counts.
        }
    }
}
