using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Moda.Weights.Safetensors;

/// <summary>
/// Writes a safetensors file from front to back: the header, then one tensor after another, so that only one tensor is in memory. The
/// SHA-256 of the file is computed while writing.
/// </summary>
internal sealed class SafetensorsWriter : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string path;
    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IReadOnlyList<SafetensorsEntry> entries;
    private readonly byte[] buffer = new byte[BufferBytes];
    private int next;
    private long written;

    /// <summary>Creates the file and writes its header.</summary>
    /// <param name="path">The file. An existing file is replaced.</param>
    /// <param name="entries">The tensors, in the order in which they will be written.</param>
    /// <param name="metadata">Strings that the file holds beside its tensors.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public SafetensorsWriter(
        string path, IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        this.path = path;
        this.entries = entries;
        byte[] header = BuildHeader(entries, metadata);
        stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        try
        {
            Append(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes the bytes of the next tensor.</summary>
    /// <param name="name">The name of the next entry.</param>
    /// <param name="bytes">All its elements, little-endian, row-major.</param>
    /// <exception cref="InvalidOperationException">The next entry has another name.</exception>
    /// <exception cref="ArgumentException">There are more or fewer bytes than the entry says.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        CheckLength(Next(name), bytes.Length);
        Append(bytes);
        next++;
    }

    /// <summary>Writes the next tensor from float32 values, converted to the entry's type.</summary>
    /// <param name="name">The name of the next entry.</param>
    /// <param name="values">All its elements, row-major.</param>
    /// <exception cref="InvalidOperationException">The next entry has another name.</exception>
    /// <exception cref="ArgumentException">There are more or fewer elements than the entry says.</exception>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        SafetensorsEntry entry = Next(name);
        int size = entry.Type.SizeInBytes();
        CheckLength(entry, (long)values.Length * size);
        int chunk = BufferBytes / size;
        for (int start = 0; start < values.Length; start += chunk)
        {
            ReadOnlySpan<float> part = values.Slice(start, Math.Min(chunk, values.Length - start));
            Span<byte> bytes = buffer.AsSpan(0, part.Length * size);
            TensorConversion.FromSingle(part, entry.Type, bytes);
            Append(bytes);
        }

        next++;
    }

    /// <summary>Finishes the file.</summary>
    /// <returns>The SHA-256 of the whole file.</returns>
    /// <exception cref="InvalidOperationException">Some tensors have not been written.</exception>
    public byte[] Complete()
    {
        if (next != entries.Count)
        {
            throw new InvalidOperationException($"'{path}' still lacks the tensor '{entries[next].Name}'.");
        }

        stream.Flush();
        return hash.GetHashAndReset();
    }

    /// <summary>The number of bytes written so far.</summary>
    public long Length => written;

    /// <summary>Closes the file, whether or not it is complete.</summary>
    public void Dispose()
    {
        stream.Dispose();
        hash.Dispose();
    }

    private static byte[] BuildHeader(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        using var memory = new MemoryStream();
        memory.Write(new byte[SafetensorsHeader.LengthPrefix]);
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (SafetensorsEntry entry in entries)
            {
                if (!names.Add(entry.Name))
                {
                    throw new ArgumentException($"Tensor '{entry.Name}' is named twice.", nameof(entries));
                }

                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type.SafetensorsName());
                WriteNumbers(json, "shape", entry.Shape.ToArray().Select(extent => (long)extent));
                WriteNumbers(json, "data_offsets", [offset, offset + entry.ByteLength]);
                json.WriteEndObject();
                offset += entry.ByteLength;
            }

            json.WriteEndObject();
        }

        // The header is padded with spaces, so that the data begins at a multiple of eight.
        while (memory.Length % 8 != 0)
        {
            memory.WriteByte((byte)' ');
        }

        byte[] header = memory.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - SafetensorsHeader.LengthPrefix));
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string key, IEnumerable<long> numbers)
    {
        json.WriteStartArray(key);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private SafetensorsEntry Next(string name)
    {
        if (next == entries.Count || entries[next].Name != name)
        {
            string turn = next == entries.Count ? "no tensor is left to write" : $"it is the turn of '{entries[next].Name}'";
            throw new InvalidOperationException($"Tensor '{name}' cannot be written to '{path}' now: {turn}.");
        }

        return entries[next];
    }

    private static void CheckLength(SafetensorsEntry entry, long byteLength)
    {
        if (byteLength != entry.ByteLength)
        {
            throw new ArgumentException(
                $"Tensor '{entry.Name}' got {byteLength} bytes, but {TensorShape.Format(entry.Shape.Span)} of {entry.Type} has {entry.ByteLength}.",
                nameof(byteLength));
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        stream.Write(bytes);
        written += bytes.Length;
    }
}
