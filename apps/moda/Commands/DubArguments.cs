using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of <c>moda dub</c>.</summary>
internal sealed class DubArguments
{
    private readonly Option<string> video = ClipOptions.Required("--video", "The video: any file that ffmpeg reads.", "FILE");
    private readonly Option<string?> audio = new("--audio") { Description = "The voice: WAV, or anything that ffmpeg reads; - is standard input. [the video's own sound]", HelpName = "FILE" };
    private readonly Option<string> output = ClipOptions.Required("--out", "The video (.mp4, .mov, .mkv), a .y4m stream, or a folder for PNG frames; - is a .y4m stream on standard output.", "FILE");
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace the output where it exists, and put frames into a folder that holds other files." };
    private readonly Option<string> length = new Option<string>("--length")
    {
        Description = "How long the result is. A shorter voice is followed by silence (video), a shorter video by its last frame, which goes on speaking (audio).",
        HelpName = "video|audio|shortest",
        DefaultValueFactory = _ => "video",
    }.AcceptOnlyFromAmong("video", "audio", "shortest");

    private readonly Option<bool> keepSound = new("--keep-sound") { Description = "Keep the video's own sound, as tracks behind the voice." };
    private readonly Option<string?> weights = ClipOptions.Weights();
    private readonly SamplingArguments sampling = new();
    private readonly Option<string> smooth = new Option<string>("--smooth")
    {
        Description = "Smoothing of the lips.",
        HelpName = "kalman|none",
        DefaultValueFactory = _ => "kalman",
    }.AcceptOnlyFromAmong("kalman", "none");

    private readonly Option<string> pasteBack = new Option<string>("--paste-back")
    {
        Description = "How the rendered face is put back into its frame.",
        HelpName = "laplacian|feather|face-mask",
        DefaultValueFactory = _ => "laplacian",
    }.AcceptOnlyFromAmong("laplacian", "feather", "face-mask");

    private readonly GroupArguments group;
    private readonly Option<string> device = DeviceOptions.Device();
    private readonly Option<int?> batchSize = ClipOptions.BatchSize();
    private readonly Option<string?> precision = DeviceOptions.Precision();
    private readonly Option<long?> gpuMemory = DeviceOptions.MaximumGpuMemory();

    /// <summary>Makes the options.</summary>
    public DubArguments() => group = new GroupArguments(audio, "from left to right at the beginning of each scene");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        video, audio, output, overwrite, length, keepSound, weights, .. sampling.All, smooth, pasteBack, .. group.All,
        device, precision, gpuMemory, batchSize,
    ];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="ConfigurationException">There are no weights, or options contradict each other.</exception>
    public DubRequest Read(ParseResult parsed)
    {
        group.Validate(parsed);
        IReadOnlyDictionary<int, string> voices = group.Voices(parsed);
        string? chosenWeights = parsed.GetValue(weights);
        var dubbing = new DubbingOptions();
        GenerationOptions generation = dubbing.Generation;
        return new DubRequest
        {
            Video = parsed.GetRequiredValue(video),
            Audio = voices.Count > 0 ? null : parsed.GetValue(audio) ?? parsed.GetRequiredValue(video),
            Voices = voices,
            Out = parsed.GetRequiredValue(output),
            Weights = chosenWeights ?? ClipOptions.UsualWeights(),
            UsesOpenCheckpoint = chosenWeights is null,
            Overwrites = parsed.GetValue(overwrite),
            KeepsSound = parsed.GetValue(keepSound),
            Face = group.Face(parsed),
            Faces = group.Faces(parsed),
            Device = parsed.GetRequiredValue(device),
            Precision = DeviceOptions.ToElementType(parsed.GetValue(precision)),
            MaximumGpuMemory = parsed.GetValue(gpuMemory),
            BatchSize = parsed.GetValue(batchSize),
            Dubbing = dubbing with
            {
                Length = Enum.Parse<DubbingLength>(parsed.GetRequiredValue(length), ignoreCase: true),
                Generation = sampling.Read(parsed, generation) with
                {
                    Audio = generation.Audio with { OnNotice = text => Console.Error.WriteLine($"note: {text}") },
                    Driving = generation.Driving with { Smoothing = ClipOptions.ToSmoothing(parsed.GetRequiredValue(smooth)) },
                    PasteBack = ClipOptions.ToPasteBack(parsed.GetRequiredValue(pasteBack)),
                },
            },
        };
    }
}
