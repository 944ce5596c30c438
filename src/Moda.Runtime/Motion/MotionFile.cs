using System.Globalization;
using Moda.Weights;
using Moda.Weights.Numpy;
using Moda.Weights.Safetensors;
using Moda.Weights.Torch;

namespace Moda.Runtime.Motion;

/// <summary>Files of motion: safetensors, read and written, and LivePortrait's pickled templates, read only.</summary>
internal static class MotionFile
{
    private const string Format = "moda.motion";
    private const string FrameRateKey = "output_fps";
    private const double UsualFrameRate = 25;

    // A frame of a template has 75 numbers besides their names; no file has more frames than so many bytes for each.
    private const int LeastBytesForEachFrame = 75;

    // Of the canonical tensors' names and widths. The names are LivePortrait's.
    private static readonly (string Name, int[] Extents)[] Tensors =
    [
        ("scale", [1]), ("R", [3, 3]), ("exp", [MotionLayout.KeypointCount, 3]), ("t", [3]),
        ("kp", [MotionLayout.KeypointCount, 3]), ("x_s", [MotionLayout.KeypointCount, 3]), ("c_eyes", [2]), ("c_lip", [1]),
    ];

    /// <summary>Reads a file of either kind.</summary>
    public static MotionTemplate Load(string path)
    {
        try
        {
            return IsPickle(path) ? FromPickle(path) : FromSafetensors(path);
        }
        catch (UnsupportedPickleException exception)
        {
            string construct = ShownText.Of(exception.Construct, ShownText.LongestName);
            throw new MotionFileException(
                path, $"its pickle asks for {construct}, which no template of motion needs. Nothing of it was executed.", exception);
        }
        catch (CheckpointFormatException exception)
        {
            throw new MotionFileException(path, exception.Problem, exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidDataException or FormatException or TensorNotFoundException or TensorMismatchException)
        {
            throw new MotionFileException(path, exception.Message, exception);
        }
    }

    /// <summary>Writes safetensors under another name, which becomes the file's when it is complete.</summary>
    public static void Save(MotionTemplate motion, string path)
    {
        string partial = path + ".part";
        try
        {
            Write(motion, partial);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static void Write(MotionTemplate motion, string path)
    {
        ReadOnlyMemory<float>[] values =
        [
            motion.Scales, motion.Rotations, motion.Expressions, motion.Translations,
            motion.CanonicalKeypoints, motion.Keypoints, motion.EyeRatios, motion.LipRatios,
        ];
        var present = Tensors.Zip(values).Where(tensor => !tensor.Second.IsEmpty).ToList();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            [FrameRateKey] = motion.FramesPerSecond.ToString("R", CultureInfo.InvariantCulture),
        };
        using var writer = new SafetensorsWriter(
            path,
            [.. present.Select(tensor => new SafetensorsEntry(tensor.First.Name, StoredType.Float32, (int[])[motion.Frames, .. tensor.First.Extents]))],
            metadata);
        foreach (((string name, _), ReadOnlyMemory<float> tensor) in present)
        {
            writer.Write(name, tensor.Span);
        }

        writer.Complete();
    }

    // A pickle of protocol 2 or later begins with 0x80 and the protocol; safetensors with the length of their header and a brace behind it.
    private static bool IsPickle(string path)
    {
        Span<byte> start = stackalloc byte[9];
        using FileStream file = File.OpenRead(path);
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return read >= 2 && start[0] == 0x80 && start[1] <= 5 && (read < start.Length || start[8] != (byte)'{');
    }

    private static MotionTemplate FromSafetensors(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new InvalidDataException($"it is a safetensors file, but its metadata does not say format={Format}. Files of motion come from --motion-out.");
        }

        int frames = file.TryGetShape("scale", out ReadOnlyMemory<int> scale) && scale.Length == 2 ? scale.Span[0] : 0;
        return Assemble(
            FrameRate(file.Metadata.GetValueOrDefault(FrameRateKey)),
            name =>
            {
                if (!file.TryGetShape(name, out ReadOnlyMemory<int> shape))
                {
                    return null;
                }

                int[] expected = [frames, .. Tensors.Single(tensor => tensor.Name == name).Extents];
                return shape.Span.SequenceEqual(expected)
                    ? file.ReadFloat32(name)
                    : throw new TensorMismatchException(name, path, TensorShape.Format(expected), TensorShape.Format(shape.Span));
            });
    }

    private static double FrameRate(string? text) => text is null ? UsualFrameRate
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) ? rate
        : throw new InvalidDataException($"its frame rate '{ShownText.Of(text, ShownText.LongestName)}' is no number.");

    private static MotionTemplate Assemble(double framesPerSecond, Func<string, float[]?> read)
    {
        return new MotionTemplate(framesPerSecond, Required("scale"), Required("R"), Required("exp"), Required("t"))
        {
            CanonicalKeypoints = read("kp"),
            Keypoints = read("x_s"),
            EyeRatios = read("c_eyes"),
            LipRatios = read("c_lip"),
        };

        float[] Required(string name) => read(name) ?? throw new InvalidDataException($"it has no '{name}', which every file of motion has.");
    }

    private static MotionTemplate FromPickle(string path)
    {
        if (NumpyPickle.Read(path) is not PickleDictionary root || !root.TryGet("motion", out List<object?>? items))
        {
            throw new InvalidDataException("its pickle has no list 'motion', so it is no template of motion.");
        }

        long length = new FileInfo(path).Length;
        int frames = items.Count <= length / LeastBytesForEachFrame
            ? items.Count
            : throw new InvalidDataException($"it lists {items.Count} frames, more than a file of {length} bytes can hold.");
        if (Number(root, "n_frames") is { } stated && stated != frames)
        {
            throw new InvalidDataException($"it says that it has {stated} frames, but lists {frames}. Is it cut short?");
        }

        return Assemble(
            Number(root, FrameRateKey) ?? UsualFrameRate,
            name => name switch
            {
                // Templates from before 2024-08 have other names.
                "R" => OfFrames(items, "R") ?? OfFrames(items, "R_d"),
                "c_eyes" => OfList(root, "c_eyes_lst", frames) ?? OfList(root, "c_d_eyes_lst", frames),
                "c_lip" => OfList(root, "c_lip_lst", frames) ?? OfList(root, "c_d_lip_lst", frames),
                _ => OfFrames(items, name),
            });
    }

    private static double? Number(PickleDictionary root, string key) => root.Named.GetValueOrDefault(key) switch
    {
        null => null,
        long number => number,
        double number => number,
        NumpyArray { ElementCount: 1 } number => Row(number, 1, key)[0],
        _ => throw new InvalidDataException($"its '{key}' is no number."),
    };

    // [frames, width]; null where the first frame has no such array.
    private static float[]? OfFrames(List<object?> items, string name) =>
        items is [PickleDictionary first, ..] && first.Named.ContainsKey(name)
            ? Rows(items, name, item => item is PickleDictionary frame && frame.TryGet(name, out NumpyArray? array) ? array : null)
            : null;

    private static float[]? OfList(PickleDictionary root, string name, int frames)
    {
        if (!root.TryGet(name, out List<object?>? list) || list.Count == 0)
        {
            return null;
        }

        return list.Count == frames
            ? Rows(list, name, item => item as NumpyArray)
            : throw new InvalidDataException($"its '{name}' has {list.Count} entries for {frames} frames.");
    }

    private static float[] Rows(List<object?> items, string name, Func<object?, NumpyArray?> find)
    {
        int width = Width(name);
        float[] values = new float[items.Count * width];
        for (int frame = 0; frame < items.Count; frame++)
        {
            NumpyArray array = find(items[frame]) ?? throw new InvalidDataException($"frame {frame} has no array '{name}'.");
            Row(array, width, name).CopyTo(values, frame * width);
        }

        return values;
    }

    private static float[] Row(NumpyArray array, int width, string name)
    {
        float[] row = array.ElementCount == width
            ? new float[width]
            : throw new InvalidDataException($"an array '{name}' is {TensorShape.Format(array.Shape)}, but {width} values are needed.");
        array.Read(row);
        return row;
    }

    private static int Width(string name)
    {
        string canonical = name switch
        {
            "R_d" => "R",
            "c_eyes_lst" or "c_d_eyes_lst" => "c_eyes",
            "c_lip_lst" or "c_d_lip_lst" => "c_lip",
            _ => name,
        };
        return TensorShape.ElementCount(Tensors.Single(tensor => tensor.Name == canonical).Extents);
    }
}
