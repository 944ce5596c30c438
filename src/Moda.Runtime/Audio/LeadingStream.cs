using Moda.Runtime.Files;

namespace Moda.Runtime.Audio;

/// <summary>A stream that can go back to its start while little of it was read, whether or not its source can, as a pipe can't.</summary>
/// <param name="inner">What is read.</param>
/// <param name="leaveOpen">Whether it stays open when this stream is disposed.</param>
internal sealed class LeadingStream(Stream inner, bool leaveOpen = false) : ForwardStream(inner, leaveOpen)
{
    private const int LeadingLength = 1 << 16;

    private readonly byte[] leading = new byte[LeadingLength];
    private int known;
    private int position;
    private bool hasLeft;

    /// <summary>Whether it is a file that can be opened again, and not a pipe.</summary>
    public bool CanRewind => Inner is FileStream { CanSeek: true };

    /// <summary>The first bytes, which stay to be read; fewer where there are no more. To be called before all reading.</summary>
    /// <param name="count">How many, up to 65,536.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellationToken)
    {
        int read;
        while (known < count && (read = await ReadInnerAsync(leading.AsMemory(known, count - known), cancellationToken).ConfigureAwait(false)) > 0)
        {
            known += read;
        }
        return leading.AsMemory(0, known);
    }

    /// <summary>Goes back to the first byte.</summary>
    /// <returns>False where more than 65,536 bytes were read.</returns>
    public bool TryRewind()
    {
        position = 0;
        return !hasLeft;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position < known)
        {
            int count = Math.Min(buffer.Length, known - position);
            leading.AsMemory(position, count).CopyTo(buffer);
            position += count;
            return count;
        }
        int read = await ReadInnerAsync(buffer, cancellationToken).ConfigureAwait(false);
        hasLeft |= read > leading.Length - known;
        if (!hasLeft)
        {
            buffer[..read].CopyTo(leading.AsMemory(known));
            known += read;
            position = known;
        }
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // The system can't be asked to end the wait for a pipe, so the read is left alone and its buffer with it.
    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken) => CanRewind
        ? await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)
        : await Inner.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
}
