using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Moda.Weights.Files;

/// <summary>
/// A weight file whose parts are read on demand. Several threads may read at once. The file is read and not memory-mapped: if it is
/// truncated while in use, reading throws an exception, whereas touching a map past the file's end would kill the process.
/// </summary>
internal sealed unsafe class WeightFile : IDisposable
{
    private readonly SafeFileHandle? handle;
    private readonly byte* resource;

    /// <summary>Opens a file for reading. A pipe or a device has no length, so it counts as empty and is not opened.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public WeightFile(string path)
    {
        Path = path;
        if (OrdinaryFile.Length(path) == 0)
        {
            return;
        }

        handle = OrdinaryFile.Open(path);
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>Reads an assembly's embedded resource in place, without copying it.</summary>
    /// <exception cref="IOException">The assembly has no such resource.</exception>
    public WeightFile(Assembly assembly, string resourceName)
    {
        Path = resourceName;
        using var stream = (UnmanagedMemoryStream?)assembly.GetManifestResourceStream(resourceName)
            ?? throw new IOException($"The assembly '{assembly.GetName().Name}' has no resource '{resourceName}'.");
        Length = stream.Length;
        resource = stream.PositionPointer;
    }

    /// <summary>The file's path, or the resource's name.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Reads elements in their stored form, little-endian.</summary>
    /// <param name="offset">The position of the first byte in the file.</param>
    /// <param name="destination">Receives the first element and those that follow it.</param>
    /// <exception cref="CheckpointFormatException">The file ends before the requested bytes, or was truncated after it was opened.</exception>
    public void Read<T>(long offset, Span<T> destination)
        where T : unmanaged
    {
        // A span of bytes holds 2 GiB at most; a tensor of 2^31 - 1 elements has more.
        const int MostElements = 1 << 27;
        for (; destination.Length > MostElements; destination = destination[MostElements..], offset += (long)MostElements * sizeof(T))
        {
            Read(offset, MemoryMarshal.AsBytes(destination[..MostElements]));
        }

        Read(offset, MemoryMarshal.AsBytes(destination));
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">The position of the first byte in the file.</param>
    /// <param name="destination">Receives the first byte and those that follow it.</param>
    /// <exception cref="CheckpointFormatException">The file ends before the requested bytes, or was truncated after it was opened.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new CheckpointFormatException(
                Path, $"{destination.Length} bytes from {offset} on are needed, but the file has only {Length}. Is it truncated?");
        }

        if (resource is not null)
        {
            new ReadOnlySpan<byte>(resource + offset, destination.Length).CopyTo(destination);
            return;
        }

        for (int taken; !destination.IsEmpty; destination = destination[taken..], offset += taken)
        {
            taken = RandomAccess.Read(handle!, destination, offset);
            if (taken == 0)
            {
                throw new CheckpointFormatException(
                    Path, $"it ends at byte {offset} now, but had {Length} bytes when it was opened. Something has changed it meanwhile.");
            }
        }
    }

    /// <summary>Reads bytes into a new array.</summary>
    /// <exception cref="CheckpointFormatException">The file ends before the requested bytes, or was truncated after it was opened.</exception>
    public byte[] ReadBytes(long offset, int length)
    {
        // The length is checked before memory is reserved, because it may come from a damaged file.
        byte[] bytes = length <= Length ? new byte[length] : throw new CheckpointFormatException(
            Path, $"{length} bytes from {offset} on are needed, but the file has only {Length}. Is it truncated?");
        Read(offset, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => handle?.Dispose();
}
