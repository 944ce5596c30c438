using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of commands that put motion or a pose on a face: which face, which weights, which device.</summary>
/// <param name="takesVideo">Whether the face may be a video's, so that there need be no portrait.</param>
internal sealed class PortraitArguments(bool takesVideo = false)
{
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace outputs where they exist." };
    private readonly Option<string?> weights = ClipOptions.Weights();
    private readonly Option<string> pasteBack = ClipOptions.PasteBack();
    private readonly Option<string?> landmarks = ClipOptions.Landmarks();
    private readonly Option<string> face = ClipOptions.Face();
    private readonly Option<string?> faceModels = ClipOptions.FaceModels();
    private readonly Option<string> device = DeviceOptions.Device();
    private readonly Option<string?> precision = DeviceOptions.Precision();
    private readonly Option<long?> gpuMemory = DeviceOptions.MaximumGpuMemory();

    /// <summary><c>--image</c>, the first of them in the order of the help.</summary>
    public Option<string?> Image { get; } = new("--image")
    {
        Description = "The portrait: PNG, JPEG, WebP, BMP or GIF; HEIC, AVIF and TIFF where ffmpeg reads them; - is standard input.",
        HelpName = "FILE",
        Required = !takesVideo,
    };

    /// <summary>The others, in the order of the help.</summary>
    public IEnumerable<Option> Trailing => [overwrite, weights, pasteBack, landmarks, face, faceModels, device, precision, gpuMemory];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="ConfigurationException">There are no weights, or options are for a portrait and there is none.</exception>
    public PortraitRequest Read(ParseResult parsed)
    {
        string? chosenWeights = parsed.GetValue(weights);
        string folder = chosenWeights ?? ClipOptions.UsualWeights();
        var chosenFace = FaceChoice.Parse(parsed.GetRequiredValue(face));
        return new PortraitRequest
        {
            Finder = parsed.GetValue(Image) is { } named
                ? new PortraitFinder
                {
                    Image = named,
                    Landmarks = parsed.GetValue(landmarks),
                    Face = chosenFace,
                    FaceModels = parsed.GetValue(faceModels),
                    Weights = folder,
                    Options = new PortraitOptions(),
                }
                : RequireNoPortrait(parsed),
            Face = chosenFace,
            Weights = folder,
            UsesOpenCheckpoint = chosenWeights is null,
            Overwrites = parsed.GetValue(overwrite),
            PasteBack = ClipOptions.ToPasteBack(parsed.GetRequiredValue(pasteBack)),
            Device = parsed.GetRequiredValue(device),
            Precision = DeviceOptions.ToElementType(parsed.GetValue(precision)),
            MaximumGpuMemory = parsed.GetValue(gpuMemory),
        };
    }

    private PortraitFinder? RequireNoPortrait(ParseResult parsed) => parsed.GetValue(landmarks) is null && parsed.GetValue(faceModels) is null
        ? null
        : throw new ConfigurationException("--landmarks and --face-models are for the picture of --image; the face of a video is followed by the built-in analyzer.");
}

/// <summary>What <see cref="PortraitArguments"/> have asked for.</summary>
internal sealed record PortraitRequest
{
    /// <summary>Reads the portrait; null where the face is a video's.</summary>
    public required PortraitFinder? Finder { get; init; }

    /// <summary>Which face, of a portrait or a video.</summary>
    public required FaceChoice Face { get; init; }

    public required string Weights { get; init; }

    /// <summary>Whether no weights were named.</summary>
    public required bool UsesOpenCheckpoint { get; init; }

    /// <summary>Whether outputs may be replaced.</summary>
    public required bool Overwrites { get; init; }

    public required PasteBackMode PasteBack { get; init; }

    public required string Device { get; init; }

    public required ElementType? Precision { get; init; }

    /// <summary>Bytes of GPU memory that may be taken; null for all that there is.</summary>
    public required long? MaximumGpuMemory { get; init; }

    /// <summary>The files that are read, beside others that a command names.</summary>
    public string[] InputsWith(params ReadOnlySpan<string?> others) =>
        [.. new[] { Finder?.Image, Finder?.Landmarks }.Concat(others.ToArray()).OfType<string>().Where(File.Exists)];
}
