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
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new CheckpointFormatException(
                Path, $"bytes {offset} to {offset + length} are needed, but the file has only {Length}. Is it truncated?");
        }

        if (resource is not null)
        {
            return new MappedView(resource + offset, length);
        }

        return length == 0 || map is null
            ? new MappedView((byte*)null, length)
            : new MappedView(map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
    }

    public void Dispose() => map?.Dispose();
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
