using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Moda.Weights;

/// <summary>A checkpoint's file: its object, and where its storages are.</summary>
/// <param name="Root">What was saved.</param>
/// <param name="Offsets">Where the bytes of each storage begin in the file, by the storage's key.</param>
internal sealed record TorchContainer(object? Root, IReadOnlyDictionary<string, long> Offsets)
{
    private const uint ZipSignature = 0x0403_4B50;

    // The legacy form begins with these as pickles of their own.
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", null);
    private const long LegacyProtocol = 1001;

    /// <summary>Reads a checkpoint's structure in either form.</summary>
    public static TorchContainer Read(MappedFile file)
    {
        using MappedView start = file.View(0, Math.Min(file.Length, 4));
        if (start.Length == 4 && BinaryPrimitives.ReadUInt32LittleEndian(start.Slice(0, 4)) == ZipSignature)
        {
            return ReadZip(file);
        }

        return start.Length >= 2 && start.Slice(0, 1)[0] == (byte)PickleOpcode.Protocol
            ? ReadLegacy(file)
            : throw new CheckpointFormatException(file.Path, "it is no PyTorch checkpoint: neither a ZIP archive nor a pickle.");
    }

    // PyTorch 1.6 and later: a ZIP archive with <name>/data.pkl and one entry <name>/data/<key> for each storage.
    private static TorchContainer ReadZip(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        string pickleName = directory.Names.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new CheckpointFormatException(file.Path, "it is a ZIP archive, but no PyTorch checkpoint: it has no data.pkl.");
        string folder = pickleName[..^"data.pkl".Length];
        CheckByteOrder(file, directory, folder + "byteorder");

        var globals = new TorchGlobals();
        object? root;
        (long offset, long length) = directory.Locate(pickleName);
        if (length > int.MaxValue)
        {
            throw new CheckpointFormatException(file.Path, "its pickle is longer than is supported.");
        }

        using (MappedView pickle = file.View(offset, length))
        {
            root = PickleReader.Read(file.Path, pickle.Slice(0, (int)length), globals, out _);
        }

        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TorchStorage storage in globals.Storages.Values)
        {
            (long data, long bytes) = directory.Locate($"{folder}data/{storage.Key}");
            CheckLength(file, storage, bytes);
            offsets.Add(storage.Key, data);
        }

        return new TorchContainer(root, offsets);
    }

    // Before PyTorch 1.6: magic number, protocol, system, object and the storages' keys as five pickles; then for each key its element
    // count and its elements.
    private static TorchContainer ReadLegacy(MappedFile file)
    {
        int length = (int)Math.Min(file.Length, int.MaxValue);
        using MappedView view = file.View(0, length);
        ReadOnlySpan<byte> data = view.Slice(0, length);
        var globals = new TorchGlobals();
        long position = 0;
        if (ReadNext(data) is not BigInteger magic || magic != LegacyMagic)
        {
            throw new CheckpointFormatException(file.Path, "it is a pickle, but no PyTorch checkpoint.");
        }

        if (ReadNext(data) is not LegacyProtocol)
        {
            throw new CheckpointFormatException(file.Path, $"its protocol is not {LegacyProtocol}.");
        }

        if (ReadNext(data) is not PickleDictionary system || !system.Named.TryGetValue("little_endian", out object? little) || little is not true)
        {
            throw new CheckpointFormatException(file.Path, "it was written on a big-endian machine, which is not supported.");
        }

        object? root = ReadNext(data);
        if (ReadNext(data) is not List<object?> keys)
        {
            throw new CheckpointFormatException(file.Path, "the list of its storages is missing.");
        }

        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (object? key in keys)
        {
            if (key is not string name || !globals.Storages.TryGetValue(name, out TorchStorage? storage) || offsets.ContainsKey(name))
            {
                throw new CheckpointFormatException(file.Path, $"its list of storages has '{key}', which no tensor looks at or which was there before.");
            }

            using MappedView prefix = file.View(position, sizeof(long));
            long count = BinaryPrimitives.ReadInt64LittleEndian(prefix.Slice(0, sizeof(long)));
            if (count != storage.ElementCount)
            {
                throw new CheckpointFormatException(file.Path, $"storage '{name}' should have {storage.ElementCount} elements, but has {count}.");
            }

            position += sizeof(long);
            long bytes = count * (storage.Type?.SizeInBytes() ?? 1);
            CheckLength(file, storage, Math.Min(bytes, file.Length - position));
            offsets.Add(name, position);
            position += bytes;
        }

        return globals.Storages.Keys.FirstOrDefault(key => !offsets.ContainsKey(key)) is string missing
            ? throw new CheckpointFormatException(file.Path, $"storage '{missing}' is missing.")
            : new TorchContainer(root, offsets);

        object? ReadNext(ReadOnlySpan<byte> all)
        {
            object? value = PickleReader.Read(file.Path, all[(int)position..], globals, out int taken);
            position += taken;
            return value;
        }
    }

    private static void CheckLength(MappedFile file, TorchStorage storage, long bytes)
    {
        long needed = checked(storage.ElementCount * (storage.Type?.SizeInBytes() ?? 1));
        if (bytes < needed)
        {
            throw new CheckpointFormatException(file.Path, $"storage '{storage.Key}' needs {needed} bytes, but has {bytes}. Is the file truncated?");
        }
    }

    private static void CheckByteOrder(MappedFile file, ZipDirectory directory, string name)
    {
        if (!directory.Names.Contains(name))
        {
            return;
        }

        (long offset, long length) = directory.Locate(name);
        using MappedView view = file.View(offset, Math.Min(length, 16));
        string order = Encoding.ASCII.GetString(view.Slice(0, (int)view.Length));
        if (order != "little")
        {
            throw new CheckpointFormatException(file.Path, $"its byte order is '{order}'; only 'little' is supported.");
        }
    }
}
