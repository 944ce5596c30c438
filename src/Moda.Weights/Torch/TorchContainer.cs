using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Moda.Weights.Files;

namespace Moda.Weights.Torch;

/// <summary>The content of a checkpoint's file: the saved object, and the positions of its storages.</summary>
/// <param name="Root">The saved object.</param>
/// <param name="Offsets">The position of each storage's bytes in the file. The keys are storage keys.</param>
internal sealed record TorchContainer(object? Root, IReadOnlyDictionary<string, long> Offsets)
{
    // The legacy form begins with this number and the protocol version, each as its own pickle.
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", null);
    private const long LegacyProtocol = 1001;

    /// <summary>Reads a checkpoint's structure in either form.</summary>
    public static TorchContainer Read(WeightFile file)
    {
        ForeignFiles.Refuse(file, expected: FileKind.TorchZip);
        return FileKinds.Recognise(file) switch
        {
            FileKind.TorchZip => ReadZip(file),
            FileKind.TorchLegacy => ReadLegacy(file),
            _ => throw new CheckpointFormatException(file.Path, "it is no PyTorch checkpoint: neither a ZIP archive nor a pickle."),
        };
    }

    // PyTorch 1.6 and later: a ZIP archive with <name>/data.pkl and one entry <name>/data/<key> for each storage.
    private static TorchContainer ReadZip(WeightFile file)
    {
        var directory = new ZipDirectory(file);
        string pickleName = directory.Names.FirstOrDefault(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new CheckpointFormatException(file.Path, "it is a ZIP archive, but no PyTorch checkpoint: it has no data.pkl.");
        string folder = pickleName[..^"data.pkl".Length];
        CheckByteOrder(file, directory, folder + "byteorder");

        var globals = new TorchGlobals(file.Length);
        (long offset, long length) = directory.Locate(pickleName);
        object? root = PickleReader.Read(file.Path, new PickleInput(file, offset, offset + length), globals);
        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TorchStorage storage in globals.Storages.Values)
        {
            (long data, long bytes) = directory.Locate($"{folder}data/{storage.Key}");
            CheckLength(file, storage, bytes);
            offsets.Add(storage.Key, data);
        }

        return new TorchContainer(root, offsets);
    }

    // Before PyTorch 1.6: five pickles (magic number, protocol, system, object, storage keys), then for each key its element count and its
    // elements.
    private static TorchContainer ReadLegacy(WeightFile file)
    {
        var globals = new TorchGlobals(file.Length);
        long position = 0;
        if (ReadNext() is not BigInteger magic || magic != LegacyMagic)
        {
            throw new CheckpointFormatException(file.Path, "it is a pickle, but no PyTorch checkpoint.");
        }

        if (ReadNext() is not LegacyProtocol)
        {
            throw new CheckpointFormatException(file.Path, $"its protocol is not {LegacyProtocol}.");
        }

        if (ReadNext() is not PickleDictionary system || !system.Named.TryGetValue("little_endian", out object? little) || little is not true)
        {
            throw new CheckpointFormatException(file.Path, "it was written on a big-endian machine, which is not supported.");
        }

        object? root = ReadNext();
        if (ReadNext() is not List<object?> keys)
        {
            throw new CheckpointFormatException(file.Path, "the list of its storages is missing.");
        }

        var offsets = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (object? key in keys)
        {
            if (key is not string name || !globals.Storages.TryGetValue(name, out TorchStorage? storage) || offsets.ContainsKey(name))
            {
                throw new CheckpointFormatException(file.Path, $"its list of storages has {(key is string text ? $"'{ShownText.Of(text, ShownText.LongestName)}'" : "something that is no text")}, which no tensor looks at or which was there before.");
            }

            long count = BinaryPrimitives.ReadInt64LittleEndian(file.ReadBytes(position, sizeof(long)));
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

        object? ReadNext()
        {
            var input = new PickleInput(file, position, file.Length);
            object? value = PickleReader.Read(file.Path, input, globals);
            position += input.Position;
            return value;
        }
    }

    private static void CheckLength(WeightFile file, TorchStorage storage, long bytes)
    {
        long needed = checked(storage.ElementCount * (storage.Type?.SizeInBytes() ?? 1));
        if (bytes < needed)
        {
            throw new CheckpointFormatException(file.Path, $"storage '{storage.Key}' needs {needed} bytes, but has {bytes}. Is the file truncated?");
        }
    }

    private static void CheckByteOrder(WeightFile file, ZipDirectory directory, string name)
    {
        if (!directory.Names.Contains(name))
        {
            return;
        }

        (long offset, long length) = directory.Locate(name);
        string order = Encoding.ASCII.GetString(file.ReadBytes(offset, (int)Math.Min(length, 16)));
        if (order != "little")
        {
            throw new CheckpointFormatException(file.Path, $"its byte order is '{order}'; only 'little' is supported.");
        }
    }
}
