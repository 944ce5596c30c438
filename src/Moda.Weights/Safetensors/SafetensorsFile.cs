using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Moda.Weights.Files;

namespace Moda.Weights.Safetensors;

/// <summary>
/// A safetensors file. Opening reads only the header; tensors are read on demand. Format: https://github.com/huggingface/safetensors.
/// </summary>
internal sealed class SafetensorsFile : ITensorSource, IDisposable
{
    // Conversion works on chunks of this size, which fit into a core's cache.
    private const int ChunkBytes = 1 << 18;

    private readonly WeightFile file;
    private readonly long dataOffset;
    private readonly Dictionary<string, SafetensorsEntry> byName;
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private SafetensorsFile(WeightFile file)
    {
        this.file = file;
        ForeignFiles.Refuse(file, expected: FileKind.Safetensors);
        if (file.Length < SafetensorsHeader.LengthPrefix)
        {
            throw new CheckpointFormatException(file.Path, $"it has {file.Length} bytes, too few for a safetensors file.");
        }

        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.ReadBytes(0, SafetensorsHeader.LengthPrefix));
        if (headerLength > FileKinds.LargestSafetensorsHeader)
        {
            throw new CheckpointFormatException(
                file.Path, $"it is no safetensors file: it does not begin with a header's length of at most {FileKinds.LargestSafetensorsHeader} bytes.");
        }

        dataOffset = SafetensorsHeader.LengthPrefix + (long)headerLength;
        if (dataOffset > file.Length)
        {
            throw new CheckpointFormatException(
                file.Path, $"its header should have {headerLength} bytes, but the file ends after {file.Length}. Is it truncated?");
        }

        byte[] header = file.ReadBytes(SafetensorsHeader.LengthPrefix, (int)headerLength);
        Entries = SafetensorsHeader.Parse(file.Path, header, file.Length - dataOffset, metadata);
        byName = Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The file's path.</summary>
    public string Description => file.Path;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => byName.Keys;

    /// <summary>The file's length in bytes.</summary>
    public long Length => file.Length;

    /// <summary>All tensors, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The strings that the file holds beside its tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is not a safetensors file, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path) => Open(new WeightFile(path));

    /// <summary>Opens a safetensors file that is embedded in an assembly, without copying it.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="resourceName">The resource's name.</param>
    /// <exception cref="CheckpointFormatException">The file is not a safetensors file, or is damaged.</exception>
    /// <exception cref="IOException">The assembly has no such resource.</exception>
    public static SafetensorsFile OpenResource(Assembly assembly, string resourceName) => Open(new WeightFile(assembly, resourceName));

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="entry">Its type and shape.</param>
    /// <returns>Whether there is such a tensor.</returns>
    public bool TryGetEntry(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => byName.TryGetValue(name, out entry);

    /// <inheritdoc/>
    public bool TryGetShape(string name, out ReadOnlyMemory<int> shape)
    {
        bool found = byName.TryGetValue(name, out SafetensorsEntry? entry);
        shape = found ? entry!.Shape : default;
        return found;
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        SafetensorsEntry entry = Find(name);
        if (destination.Length != entry.ElementCount)
        {
            throw new TensorMismatchException(
                name, Description, $"{destination.Length} elements", $"{TensorShape.Format(entry.Shape.Span)}");
        }

        Read(entry, 0, destination);
    }

    /// <inheritdoc/>
    public void ReadRange(string name, int first, Span<float> destination)
    {
        SafetensorsEntry entry = Find(name);
        TensorRange.Check(name, Description, entry.ElementCount, first, destination.Length);
        Read(entry, first, destination);
    }

    /// <summary>Reads a tensor of any type as float32.</summary>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    public float[] ReadFloat32(string name)
    {
        SafetensorsEntry entry = Find(name);
        float[] values = GC.AllocateUninitializedArray<float>(entry.ElementCount);
        Read(entry, 0, values);
        return values;
    }

    /// <summary>Reads the elements of a tensor in their stored type.</summary>
    /// <typeparam name="T">
    /// The stored type: <see cref="double"/>, <see cref="float"/>, <see cref="Half"/>, <see cref="long"/>, <see cref="int"/>,
    /// <see cref="short"/>, <see cref="sbyte"/>, <see cref="byte"/>, or <see cref="bool"/>.
    /// </typeparam>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="TensorMismatchException">The tensor is stored as another type.</exception>
    public T[] Read<T>(string name)
        where T : unmanaged
    {
        SafetensorsEntry entry = Find(name);
        StoredType? asked = StoredTypeOf<T>();
        if (asked != entry.Type)
        {
            throw new TensorMismatchException(
                name, Description, typeof(T).Name, $"{entry.Type.SafetensorsName()} {TensorShape.Format(entry.Shape.Span)}");
        }

        var values = new T[entry.ElementCount];
        file.Read(dataOffset + entry.Offset, values.AsSpan());
        return values;
    }

    /// <summary>Reads the stored bytes of a tensor, little-endian, row-major.</summary>
    /// <exception cref="TensorNotFoundException">There is no such tensor.</exception>
    /// <exception cref="TensorMismatchException">The tensor has more bytes than an array can hold.</exception>
    public byte[] ReadBytes(string name)
    {
        SafetensorsEntry entry = Find(name);
        if (entry.ByteLength > Array.MaxLength)
        {
            throw new TensorMismatchException(name, Description, $"at most {Array.MaxLength} bytes", $"{entry.ByteLength} bytes");
        }

        byte[] bytes = new byte[entry.ByteLength];
        file.Read(dataOffset + entry.Offset, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static SafetensorsFile Open(WeightFile file)
    {
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static StoredType? StoredTypeOf<T>() => default(T) switch
    {
        double => StoredType.Float64,
        float => StoredType.Float32,
        Half => StoredType.Float16,
        long => StoredType.Int64,
        int => StoredType.Int32,
        short => StoredType.Int16,
        sbyte => StoredType.Int8,
        byte => StoredType.UInt8,
        bool => StoredType.Bool,
        _ => null,
    };

    private void Read(SafetensorsEntry entry, int first, Span<float> destination)
    {
        int size = entry.Type.SizeInBytes();
        long offset = dataOffset + entry.Offset + ((long)first * size);
        if (entry.Type == StoredType.Float32)
        {
            file.Read(offset, destination);
            return;
        }

        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        for (int start = 0; start < destination.Length; start += ChunkBytes / size)
        {
            int count = Math.Min(ChunkBytes / size, destination.Length - start);
            Span<byte> bytes = chunk.AsSpan(0, count * size);
            file.Read(offset + ((long)start * size), bytes);
            TensorConversion.ToSingle(entry.Type, bytes, destination.Slice(start, count));
        }

        ArrayPool<byte>.Shared.Return(chunk);
    }

    private SafetensorsEntry Find(string name) =>
        byName.TryGetValue(name, out SafetensorsEntry? entry) ? entry : throw new TensorNotFoundException(name, Description);
}
