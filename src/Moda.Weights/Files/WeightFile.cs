using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Moda.Weights.Files;

/// <summary>
/// A file of weights, of which parts are read where they are needed, by any number of threads at once. It is read, not mapped: a file
/// that is cut short meanwhile is an error then, where touching a map behind the file's end would end the process.
/// </summary>
internal sealed unsafe class WeightFile : IDisposable
{
    private readonly SafeFileHandle? handle;
    private readonly byte* resource;

    /// <summary>Opens a file for reading. What has no length of its own, such as a pipe, counts as empty and is not opened.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
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

    /// <summary>Reads a resource of an assembly where it lies.</summary>
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

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Reads elements as they are stored, little-endian.</summary>
    /// <param name="offset">Where the first byte is in the file.</param>
    /// <param name="destination">Receives that element and those that follow it.</param>
    /// <exception cref="CheckpointFormatException">They are not within the file, or no longer.</exception>
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
    /// <param name="offset">The first one's place in the file.</param>
    /// <param name="destination">Receives that one and those that follow it.</param>
    /// <exception cref="CheckpointFormatException">They are not within the file, or no longer.</exception>
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

    /// <summary>Reads bytes into an array of their own.</summary>
    /// <exception cref="CheckpointFormatException">They are not within the file, or no longer.</exception>
    public byte[] ReadBytes(long offset, int length)
    {
        // Checked before anything is reserved: the length may be a damaged file's.
        byte[] bytes = length <= Length ? new byte[length] : throw new CheckpointFormatException(
            Path, $"{length} bytes from {offset} on are needed, but the file has only {Length}. Is it truncated?");
        Read(offset, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => handle?.Dispose();
}
