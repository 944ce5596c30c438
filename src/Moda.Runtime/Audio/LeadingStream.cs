using Moda.Runtime.Files;

namespace Moda.Runtime.Audio;

/// <summary>
/// A stream whose first bytes are kept, so that it can go back to its start. The source, for example a pipe, need not be able to seek.
/// </summary>
/// <param name="inner">The source.</param>
/// <param name="leaveOpen">Whether the source stays open when this stream is disposed.</param>
internal sealed class LeadingStream(Stream inner, bool leaveOpen = false) : ForwardStream(inner, leaveOpen)
{
    private const int LeadingLength = 1 << 16;

    private readonly byte[] leading = new byte[LeadingLength];
    private int known;
    private int position;
    private bool hasLeft;

    /// <summary>Whether the source is a file that can be opened again, and not a pipe.</summary>
    public bool CanRewind => Inner is FileStream { CanSeek: true };

    /// <summary>Returns the first bytes without consuming them; fewer when the source is shorter. It must be called before any reading.</summary>
    /// <param name="count">The number of bytes, up to 65,536.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
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
    /// <returns>False when more than 65,536 bytes were read.</returns>
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

    // The wait for a pipe cannot be cancelled. After a cancellation the read is abandoned, and its buffer with it.
    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken) => CanRewind
        ? await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)
        : await Inner.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
}
