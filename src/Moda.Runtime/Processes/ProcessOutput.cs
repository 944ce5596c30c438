using System.Diagnostics;
using Moda.Runtime.Files;

namespace Moda.Runtime.Processes;

/// <summary>
/// A process's standard output. It ends when the process ends. If a child process then keeps the pipe open, reading waits for <see
/// cref="Patience"/> and no longer.
/// </summary>
internal sealed class ProcessOutput(Process process, Task exited) : ForwardStream(process.StandardOutput.BaseStream)
{
    /// <summary>How long to wait for an empty pipe that stays open after its process has ended.</summary>
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
            // Bytes that the process wrote before it ended are available at once.
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
