using Moda.Weights.Safetensors;
using Moda.Weights.Sets;
using Moda.Weights.Torch;

namespace Moda.Weights.Conversion;

/// <summary>Opens and checks all published checkpoints before anything is written.</summary>
internal sealed class PublishedSources(string root) : IDisposable
{
    private static readonly string[] AudioPrefixes = ["hubert.", "wav2vec2."];

    private readonly List<IDisposable> opened = [];
    private readonly List<NetworkContent> networks = [];
    private readonly List<string> notes = [];

    /// <summary>The networks found so far.</summary>
    public IReadOnlyList<NetworkContent> Networks => networks;

    /// <summary>What was left out or assumed, one sentence for each.</summary>
    public IReadOnlyList<string> Notes => notes;

    public AudioEncoderSettings AddAudioEncoder(string? chosen)
    {
        string folder = chosen ?? PublishedLayout.FindAudioEncoder(root);
        string weights = PublishedLayout.FindAudioWeights(folder)
            ?? throw new FileNotFoundException($"The audio encoder in '{folder}' has neither model.safetensors nor pytorch_model.bin.", folder);
        string config = PublishedLayout.Require(folder, "config.json");
        string preprocessor = Path.Combine(folder, "preprocessor_config.json");
        if (!File.Exists(preprocessor))
        {
            notes.Add($"'{preprocessor}' is missing: waves are normalised, as these models' preprocessing does by default.");
        }

        var settings = AudioEncoderSettings.Read(config, File.Exists(preprocessor) ? preprocessor : null);
        ITensorSource source = weights.EndsWith(".safetensors", StringComparison.Ordinal) ? Open(SafetensorsFile.Open(weights)) : OpenStateDict(weights);
        CanonicalTensors tensors = Add("audio_encoder", source, [weights], AudioPrefixes);
        int width = tensors.Sizes["width"];
        return width % settings.AttentionHeads == 0
            ? settings
            : throw new CheckpointFormatException(config, $"it has {settings.AttentionHeads} attention heads, which do not divide the width {width} of '{weights}'.");
    }

    public void AddMotionGenerator()
    {
        string path = PublishedLayout.Require(root, PublishedLayout.MotionGenerator);
        CanonicalTensors tensors = Add("motion_generator", OpenStateDict(path), [path]);
        if (!tensors.Names.Contains("null_audio_feat"))
        {
            notes.Add($"'{path}' has no null_audio_feat: guidance draws it from a seeded normal distribution.");
        }
    }

    public void AddBaseModels()
    {
        foreach (string module in PublishedLayout.BaseModelNames)
        {
            string path = PublishedLayout.Require(root, $"{PublishedLayout.BaseModels}/{module}.pth");
            Add(module, OpenStateDict(path), [path]);
        }
    }

    public void AddRetargeting()
    {
        string path = PublishedLayout.Require(root, PublishedLayout.Retargeting);
        TorchCheckpoint checkpoint = Open(TorchCheckpoint.Open(path));
        var parts = new List<(string, ITensorSource)>();
        foreach ((string key, string prefix, bool required) in PublishedLayout.RetargetingParts)
        {
            if (checkpoint.TryGetStateDict(key, out StateDict? part))
            {
                parts.Add((prefix, part));
            }
            else if (required)
            {
                throw new CheckpointFormatException(path, $"its part '{key}' is missing, which is required.");
            }
            else
            {
                notes.Add($"'{path}' has no part '{key}': {prefix.TrimEnd('.')} retargeting is left out.");
            }
        }

        Add("stitching_retargeting", new JoinedTensors(path, parts), [path]);
    }

    public void AddFaceParser()
    {
        string path = Path.Combine(root, PublishedLayout.FaceParser);
        if (File.Exists(path))
        {
            Add("face_parser", OpenStateDict(path), [path]);
        }
        else
        {
            notes.Add($"'{path}' is missing: the face parser is left out, and with it pasting back by face mask.");
        }
    }

    public MeanAndDeviation FindMotionStatistics(string? chosen)
    {
        string? path = chosen ?? PublishedLayout.FindMotionStatistics(root);
        if (path is null)
        {
            notes.Add($"'{Path.Combine(root, PublishedLayout.MotionStatistics)}' is missing: the reference's own statistics of motion are used.");
            return MeanAndDeviation.Bundled;
        }

        return MeanAndDeviation.Read(path);
    }

    public void Dispose()
    {
        foreach (IDisposable file in opened)
        {
            file.Dispose();
        }
    }

    private CanonicalTensors Add(string module, ITensorSource source, IReadOnlyList<string> paths, params ReadOnlySpan<string> prefixes)
    {
        CanonicalTensors tensors = CanonicalTensors.From(module, source, prefixes);
        if (tensors.LeftOut.Count > 0)
        {
            const int MostNamed = 3;
            string named = string.Join(", ", tensors.LeftOut.Take(MostNamed).Select(name => ShownText.Of(name, ShownText.LongestName))) + (tensors.LeftOut.Count > MostNamed ? ", ..." : "");
            notes.Add($"'{source.Description}' has {tensors.LeftOut.Count} tensors that {module} has no use for ({named}): they are left out.");
        }

        networks.Add(new NetworkContent(
            module, tensors, [.. paths.Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))], tensors.Sizes));
        return tensors;
    }

    private StateDict OpenStateDict(string path) => Open(TorchCheckpoint.Open(path)).FindStateDict();

    private T Open<T>(T file)
        where T : IDisposable
    {
        opened.Add(file);
        return file;
    }
}
