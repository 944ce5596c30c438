namespace Moda.Weights;

/// <summary>
/// A mapped part of a file that its readers share, whatever their threads: unmapped when the file has moved on to another part and the
/// last reader is done.
/// </summary>
/// <param name="view">The part.</param>
/// <param name="offset">Where it begins in the file.</param>
internal sealed class MappedWindow(MappedView view, long offset)
{
    // Its readers, and the file.
    private int users = 1;

    /// <summary>Whether bytes of the file lie within it.</summary>
    public bool Covers(long first, int length) => first >= offset && first + length <= offset + view.Length;

    /// <summary>Bytes of the file, to be released. Only for someone who keeps the window from being unmapped.</summary>
    public MappedBytes Lend(long first, int length)
    {
        Interlocked.Increment(ref users);
        return new MappedBytes(this, view.Slice(first - offset, length));
    }

    /// <summary>Gives back what was lent, or the file's own hold.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            view.Dispose();
        }
    }
}

/// <summary>Bytes of a file, mapped until this is disposed.</summary>
internal readonly ref struct MappedBytes(MappedWindow? window, ReadOnlySpan<byte> bytes)
{
    /// <summary>The bytes. They must not be used after the disposal.</summary>
    public ReadOnlySpan<byte> Span { get; } = bytes;

    public void Dispose() => window?.Release();
}
