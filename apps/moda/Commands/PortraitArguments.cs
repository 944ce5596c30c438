using System.CommandLine;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of commands that put motion or a pose on a portrait: which portrait, which weights, which device.</summary>
internal sealed class PortraitArguments
{
    private readonly Option<string> image = ClipOptions.Required("--image", "The portrait: PNG, JPEG, WebP, BMP or GIF; HEIC, AVIF and TIFF where ffmpeg reads them; - is standard input.", "FILE");
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace outputs where they exist." };
    private readonly Option<string?> weights = ClipOptions.Weights();
    private readonly Option<string> pasteBack = ClipOptions.PasteBack();
    private readonly Option<string?> landmarks = ClipOptions.Landmarks();
    private readonly Option<string> face = ClipOptions.Face();
    private readonly Option<string?> faceModels = ClipOptions.FaceModels();
    private readonly Option<string> device = DeviceOptions.Device();
    private readonly Option<string?> precision = DeviceOptions.Precision();
    private readonly Option<long?> gpuMemory = DeviceOptions.MaximumGpuMemory();

    /// <summary>The first of them, in the order of the help.</summary>
    public IEnumerable<Option> Leading => [image];

    /// <summary>The others, in the order of the help.</summary>
    public IEnumerable<Option> Trailing => [overwrite, weights, pasteBack, landmarks, face, faceModels, device, precision, gpuMemory];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="Configuration.ConfigurationException">There are no weights.</exception>
    public PortraitRequest Read(ParseResult parsed)
    {
        string? chosenWeights = parsed.GetValue(weights);
        string folder = chosenWeights ?? ClipOptions.UsualWeights();
        return new PortraitRequest
        {
            Finder = new PortraitFinder
            {
                Image = parsed.GetRequiredValue(image),
                Landmarks = parsed.GetValue(landmarks),
                Face = FaceChoice.Parse(parsed.GetRequiredValue(face)),
                FaceModels = parsed.GetValue(faceModels),
                Weights = folder,
                Options = new PortraitOptions(),
            },
            UsesOpenCheckpoint = chosenWeights is null,
            Overwrites = parsed.GetValue(overwrite),
            PasteBack = ClipOptions.ToPasteBack(parsed.GetRequiredValue(pasteBack)),
            Device = parsed.GetRequiredValue(device),
            Precision = DeviceOptions.ToElementType(parsed.GetValue(precision)),
            MaximumGpuMemory = parsed.GetValue(gpuMemory),
        };
    }
}

/// <summary>What <see cref="PortraitArguments"/> have asked for.</summary>
internal sealed record PortraitRequest
{
    public required PortraitFinder Finder { get; init; }

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
        [.. new[] { Finder.Image, Finder.Landmarks }.Concat(others.ToArray()).OfType<string>().Where(File.Exists)];
}
