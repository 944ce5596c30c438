using System.IO.Compression;

namespace Moda.Testing.Checkpoints;

/// <summary>Writes checkpoints in the form of torch.save.</summary>
public static class TorchFile
{
    /// <summary>The ZIP form, with a pickle and storages of one's own.</summary>
    public static void Write(
        string path, byte[] pickle, IReadOnlyDictionary<string, byte[]> storages, string byteOrder = "little",
        CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using FileStream stream = File.Create(path);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        Add("archive/data.pkl", pickle);
        Add("archive/byteorder", System.Text.Encoding.ASCII.GetBytes(byteOrder));
        foreach ((string key, byte[] data) in storages)
        {
            Add("archive/data/" + key, data);
        }

        Add("archive/version", "3\n"u8.ToArray());

        void Add(string name, byte[] data)
        {
            using Stream entry = archive.CreateEntry(name, compression).Open();
            entry.Write(data);
        }
    }

    /// <summary>A state dict of contiguous float32 tensors, written one after another.</summary>
    public static void WriteStateDict(string path, IEnumerable<KeyValuePair<string, (int[] Shape, float[] Values)>> tensors)
    {
        var pickle = new PickleBuilder();
        var storages = new Dictionary<string, byte[]>();
        pickle.EmptyOrdered().Op('(');
        foreach ((string name, (int[] shape, float[] values)) in tensors)
        {
            string key = storages.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            byte[] bytes = new byte[values.Length * sizeof(float)];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            storages.Add(key, bytes);
            pickle.Text(name).Tensor("FloatStorage", key, values.Length, 0, [.. shape.Select(extent => (long)extent)], Strides(shape));
        }

        Write(path, pickle.Op('u').Stop().ToArray(), storages);
    }

    private static long[] Strides(int[] shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }

        return strides;
    }
}
