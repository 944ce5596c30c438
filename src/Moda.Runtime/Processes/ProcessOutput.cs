using System.Diagnostics;
using Moda.Runtime.Files;

namespace Moda.Runtime.Processes;

/// <summary>
/// A process's standard output. It ends with the process: a child of the process that keeps the pipe open is waited
/// for <see cref="Patience"/> and no longer.
/// </summary>
internal sealed class ProcessOutput(Process process, Task exited) : ForwardStream(process.StandardOutput.BaseStream)
{
    /// <summary>How long a pipe may stay open, with nothing in it, when its process has ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<int> reading = Inner.ReadAsync(buffer, cancellationToken);
        if (reading.IsCompleted)
        {
            return await reading.ConfigureAwait(false);
        }
        Task<int> read = reading.AsTask();
        await Task.WhenAny(read, exited).ConfigureAwait(false);
        try
        {
            // What the process wrote before it ended is there at once.
            return read.IsCompleted
                ? await read.ConfigureAwait(false)
                : await read.WaitAsync(Patience, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return 0;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Inner.Read(buffer, offset, count);
}
