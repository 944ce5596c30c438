using System.Diagnostics;

namespace Moda.Runtime.Media;

/// <summary>
/// A process's standard output. It ends with the process: a child of the process that keeps the pipe open is waited
/// for <see cref="Patience"/> and no longer.
/// </summary>
internal sealed class ProcessOutput(Process process, Task exited) : Stream
{
    /// <summary>How long a pipe may stay open, with nothing in it, when its process has ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Stream pipe = process.StandardOutput.BaseStream;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<int> reading = pipe.ReadAsync(buffer, cancellationToken);
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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => pipe.Read(buffer, offset, count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            pipe.Dispose();
        }
        base.Dispose(disposing);
    }
}
