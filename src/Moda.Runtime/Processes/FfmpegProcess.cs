using System.ComponentModel;
using System.Diagnostics;

namespace Moda.Runtime.Processes;

/// <summary>
/// A running ffmpeg process. Disposing it kills the process and its children if they still run, so an abandoned process never outlives its
/// owner.
/// </summary>
internal sealed class FfmpegProcess : IAsyncDisposable
{
    /// <summary>The number of last lines of standard error that are kept for messages.</summary>
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

    /// <summary>ffmpeg's standard output: what it writes as <c>pipe:1</c>. The caller must read it, or ffmpeg waits when the pipe is full.</summary>
    public Stream StandardOutput => output;

    /// <summary>The last lines that ffmpeg has written to standard error so far.</summary>
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

    /// <summary>
    /// Copies a stream to ffmpeg's input and then closes the input. It is not an error when ffmpeg stops reading early, because ffmpeg may
    /// not need the rest.
    /// </summary>
    /// <param name="input">The stream to copy. Null only closes the input.</param>
    /// <param name="cancellationToken">Cancels the copying.</param>
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
            // The pipe is broken. CompleteAsync checks the exit status to see whether ffmpeg failed or did not need more input.
        }
        finally
        {
            CloseInput();
        }
    }

    /// <summary>Closes the input, waits for the process to end, and checks its exit status.</summary>
    /// <param name="cancellationToken">Kills the process and its children.</param>
    /// <exception cref="FfmpegException">The exit status is not 0. The message contains the last lines that ffmpeg wrote.</exception>
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
    /// Creates the exception for a process that stopped reading or writing. It waits a moment for the process to end, so that the message
    /// contains its last lines and its exit status.
    /// </summary>
    /// <param name="cause">The error in this process, such as a broken pipe.</param>
    public async Task<FfmpegException> ExplainAsync(Exception cause)
    {
        await WaitPatientlyAsync().ConfigureAwait(false);
        await LastErrorsAsync().ConfigureAwait(false);
        return Failure(cause);
    }

    /// <summary>Kills the process and its children if they still run.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // The process ended between the check and the kill.
        }
    }

    /// <summary>Kills the process if it still runs, waits for its end and closes its pipes.</summary>
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
        // Process does not close streams that were accessed, so they are closed here. A child of ffmpeg may still hold the other ends.
        await output.DisposeAsync().ConfigureAwait(false);
        process.StandardError.Dispose();
        process.Dispose();
    }

    // A child process that ffmpeg left behind may keep standard error open, so the wait is limited.
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
            // The process has ended, and buffered bytes cannot be written. Its exit status shows whether that is an error.
        }
    }
}
