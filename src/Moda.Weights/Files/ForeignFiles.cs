namespace Moda.Weights.Files;

/// <summary>Refuses files of the wrong kind. The message says what the file is and what to do.</summary>
internal static class ForeignFiles
{
    /// <summary>How many file names a message lists. The rest are only counted.</summary>
    private const int MostNamed = 12;

    /// <summary>Refuses a file that is recognised as another kind.</summary>
    /// <param name="file">The file.</param>
    /// <param name="expected">The kind that the caller reads: a safetensors file or a PyTorch checkpoint.</param>
    /// <exception cref="CheckpointFormatException">The file is of another kind. The message says which, and what to do.</exception>
    public static void Refuse(WeightFile file, FileKind expected)
    {
        if (Describe(FileKinds.Recognise(file), expected) is string problem)
        {
            throw new CheckpointFormatException(file.Path, problem);
        }
    }

    /// <summary>Refuses all files that are recognised as another kind, in one message.</summary>
    /// <param name="folder">The folder of the files, for the message.</param>
    /// <param name="files">The existing files, and the kind that each must have.</param>
    /// <exception cref="CheckpointFormatException">Some files are of another kind. The message has a sentence for each kind.</exception>
    public static void Refuse(string folder, IEnumerable<(string Path, FileKind? Expected)> files)
    {
        List<(string Path, string Problem)> foreign = [];
        foreach ((string path, FileKind? expected) in files)
        {
            if (Describe(FileKinds.Recognise(path), expected) is string problem)
            {
                foreign.Add((path, problem));
            }
        }

        if (foreign.Count == 1)
        {
            throw new CheckpointFormatException(foreign[0].Path, foreign[0].Problem);
        }

        if (foreign.Count > 1)
        {
            throw new CheckpointFormatException(folder, string.Join(' ', foreign.GroupBy(file => file.Problem).Select(group =>
                $"of {Names(folder, [.. group.Select(file => file.Path)])}, each: {group.Key}")));
        }
    }

    /// <summary>Describes a file that is not of the expected kind.</summary>
    /// <param name="kind">The kind that was found.</param>
    /// <param name="expected">
    /// The expected kind: a safetensors file, a PyTorch checkpoint of either form, an ONNX model, or null for a text (JSON, YAML).
    /// </param>
    /// <returns>A sentence, or null when the file may be of the expected kind.</returns>
    public static string? Describe(FileKind kind, FileKind? expected) => kind switch
    {
        FileKind.Empty => "it is empty, or not an ordinary file. Fetch or copy it again.",
        FileKind.Zeros => "it holds nothing but zeros: its content never came. Fetch or copy it again.",
        FileKind.GitLfsPointer => "it is a Git LFS pointer, a text in the place of the file. Run 'git lfs install' and 'git lfs pull' in the clone.",
        FileKind.WebPage => "it is a web page (HTML), not the file: the address that it came from asks for a log-in or a click. Download it again.",
        FileKind.Text when expected is not null => "it is a short text, not weights: perhaps a server's error message. Read it, and download the file again.",
        FileKind.Packed => "it is packed (gzip, xz, bzip2, zstd, 7z or tar). Unpack it first, for example with 'gunzip' or 'tar -xf'.",
        FileKind.Foreign when expected is FileKind.Onnx => "it is a file of another program (GGUF, HDF5 or NumPy), but an ONNX model is needed here.",
        FileKind.Foreign => "it is a file of another program (GGUF, HDF5 or NumPy). The weights are needed as PyTorch or safetensors files.",
        FileKind.Safetensors when expected is FileKind.TorchZip =>
            "it is a safetensors file, but a PyTorch checkpoint (.pth, .pt, .bin) is needed here. If only its name is wrong, rename it to end in .safetensors.",
        FileKind.Safetensors when expected is FileKind.Onnx => "it is a safetensors file, but an ONNX model is needed here.",
        FileKind.TorchZip or FileKind.TorchLegacy when expected is FileKind.Onnx =>
            "it is a PyTorch checkpoint (or another ZIP archive or pickle), but an ONNX model is needed here.",
        FileKind.Safetensors when expected is null => "it is a safetensors file, but a text is needed here.",
        FileKind.TorchZip or FileKind.TorchLegacy when expected is FileKind.Safetensors =>
            "it is a PyTorch checkpoint (or another ZIP archive or pickle), but a safetensors file is needed here. 'moda convert' makes one; if only its name is wrong, rename it to end in .pth.",
        FileKind.TorchZip or FileKind.TorchLegacy when expected is null => "it is a PyTorch checkpoint, but a text is needed here.",
        _ => null,
    };

    private static string Names(string folder, List<string> paths)
    {
        string named = string.Join(", ", paths.Take(MostNamed).Select(path => $"'{Path.GetRelativePath(folder, path)}'"));
        return paths.Count > MostNamed ? $"{named} and {paths.Count - MostNamed} more" : named;
    }
}
