using System.IO.MemoryMappedFiles;
using System.Reflection;

namespace Moda.Weights;

/// <summary>
/// A file that is read through memory maps. Only the part in use is mapped, so that walking through a file of many gigabytes
/// does not make the process look that large.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? map;
    private readonly byte* resource;
    private readonly Lock gate = new();
    private MappedWindow? window;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public MappedFile(string path)
    {
        Path = path;
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        try
        {
            Length = stream.Length;

            // An empty file cannot be mapped; it has nothing to read either.
            if (Length > 0)
            {
                map = MemoryMappedFile.CreateFromFile(
                    stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            }
            else
            {
                stream.Dispose();
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a resource of an assembly where it lies; it stays mapped as long as the assembly.</summary>
    /// <exception cref="IOException">The assembly has no such resource.</exception>
    public MappedFile(Assembly assembly, string resourceName)
    {
        Path = resourceName;
        using var stream = (UnmanagedMemoryStream?)assembly.GetManifestResourceStream(resourceName)
            ?? throw new IOException($"The assembly '{assembly.GetName().Name}' has no resource '{resourceName}'.");
        Length = stream.Length;
        resource = stream.PositionPointer;
    }

    /// <summary>The file's path, or the resource's name.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Maps a part of the file until the view is disposed.</summary>
    /// <exception cref="CheckpointFormatException">The part is not within the file.</exception>
    public MappedView View(long offset, long length)
    {
        CheckRange(offset, length);
        if (resource is not null)
        {
            return new MappedView(resource + offset, length);
        }

        return length == 0 || map is null
            ? new MappedView((byte*)null, length)
            : new MappedView(map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
    }

    /// <summary>
    /// Bytes of the file, for readers that take one range after the other on any number of threads: what lies around them is mapped with
    /// them and stays so until another part is asked for, so that few of the ranges pay for a mapping.
    /// </summary>
    /// <returns>The bytes; the caller disposes them.</returns>
    /// <exception cref="CheckpointFormatException">The range is not within the file.</exception>
    public MappedBytes Range(long offset, int length)
    {
        CheckRange(offset, length);
        if (resource is not null)
        {
            return new MappedBytes(window: null, new ReadOnlySpan<byte>(resource + offset, length));
        }

        if (length == 0)
        {
            return default;
        }

        MappedWindow? left = null;
        try
        {
            lock (gate)
            {
                if (window is null || !window.Covers(offset, length))
                {
                    MappedWindow next = OpenWindow(offset, length);
                    left = window;
                    window = next;
                }

                return window.Lend(offset, length);
            }
        }
        finally
        {
            // Unmapping takes longer than mapping; the others need not wait for it.
            left?.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        map?.Dispose();
        lock (gate)
        {
            window?.Release();
            window = null;
        }
    }

    // Windows begin at multiples of half their length, so that a range at the end of one is not cut by it.
    private MappedWindow OpenWindow(long offset, int length)
    {
        const long HalfWindow = 8L << 20;
        long start = offset / HalfWindow * HalfWindow;
        long end = Math.Min(Length, Math.Max(start + (2 * HalfWindow), offset + length));
        return new MappedWindow(View(start, end - start), start);
    }

    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new CheckpointFormatException(
                Path, $"bytes {offset} to {offset + length} are needed, but the file has only {Length}. Is it truncated?");
        }
    }
}

/// <summary>A mapped part of a file. It stays valid when the file is disposed first.</summary>
internal sealed unsafe class MappedView : IDisposable
{
    private readonly MemoryMappedViewAccessor? accessor;
    private byte* start;

    internal MappedView(MemoryMappedViewAccessor? accessor, long length)
    {
        this.accessor = accessor;
        Length = length;
        if (accessor is not null)
        {
            accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += accessor.PointerOffset;
        }
    }

    internal MappedView(byte* start, long length)
    {
        this.start = start;
        Length = length;
    }

    public long Length { get; }

    /// <summary>The bytes from an offset on. They must not be used after the view is disposed.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(start + offset, length);
    }

    public void Dispose()
    {
        if (start is not null)
        {
            start = null;
            accessor?.SafeMemoryMappedViewHandle.ReleasePointer();
            accessor?.Dispose();
        }
    }
}
