using System.CommandLine;
using Moda.Cli.Configuration;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Options;
using Moda.Weights.Sets;

namespace Moda.Cli.Commands;

/// <summary>
/// The arguments of <c>moda generate</c>. With a configuration file they become one request, in which the command line wins.
/// </summary>
internal sealed class GenerateArguments
{
    private readonly Option<string> image = ClipOptions.Required("--image", "The portrait: PNG, JPEG, WebP, BMP or GIF; HEIC, AVIF and TIFF where ffmpeg reads them; - is standard input.", "FILE");
    private readonly Option<string?> audio = new("--audio") { Description = "The voice: WAV, or anything that ffmpeg reads; - is standard input.", HelpName = "FILE" };
    private readonly Option<string?> output = new("--out") { Description = "The video (.mp4, .mov, .mkv), a .y4m stream, or a folder for PNG frames; - is a .y4m stream on standard output.", HelpName = "FILE" };
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace the output where it exists, and put frames into a folder that holds other files." };
    private readonly Option<string?> weights = ClipOptions.Weights();
    private readonly SamplingArguments sampling = new();
    private readonly Option<string> silence = new Option<string>("--silence")
    {
        Description = "Where two seconds of silence are added (and cut off again), so that the face comes to rest.",
        HelpName = "post|pre|both|none",
        DefaultValueFactory = _ => "post",
    }.AcceptOnlyFromAmong("post", "pre", "both", "none");

    private readonly Option<string> smooth = ClipOptions.Smooth();
    private readonly Option<string> pasteBack = ClipOptions.PasteBack();
    private readonly Option<string?> region = ClipOptions.Region();
    private readonly Option<string?> landmarks = ClipOptions.Landmarks();
    private readonly GroupArguments group;
    private readonly Option<string?> motionOut = new("--motion-out") { Description = "Keep the voice's motion in this file, to edit it or to drive by it again.", HelpName = "motion.safetensors" };
    private readonly Option<string?> motionIn = new("--motion-in") { Description = "Render this motion, which --motion-out has kept, instead of generating it; --audio is then only what is heard, and may be left out.", HelpName = "motion.safetensors" };
    private readonly Option<string?> driving = new("--driving") { Description = "A video, picture or file of motion whose head and expression are followed; the lips follow the voice.", HelpName = "FILE" };
    private readonly Option<string> drivingFace = ClipOptions.DrivingFace();
    private readonly Option<bool> listFaces = new("--list-faces") { Description = "Print the faces of the image as JSON and stop." };
    private readonly Option<string?> faceModels = ClipOptions.FaceModels();

    private readonly Option<string?> separateVocals = new("--separate-vocals")
    {
        Description = "An ONNX network that separates a voice from music, such as Kim_Vocal_2.onnx: lips follow the voice alone, and the video keeps the sound as it is.",
        HelpName = "MODEL.onnx",
    };

    private readonly Option<string> device = DeviceOptions.Device();
    private readonly Option<int?> batchSize = ClipOptions.BatchSize();
    private readonly Option<bool> discard = new("--discard") { Description = "Make the frames and write nothing, to see how long they take." };
    private readonly Option<bool> warmUp = new("--warm-up") { Description = "Make a short clip that nobody sees first: the times are then those of an engine that is up and running." };
    private readonly Option<string?> precision = DeviceOptions.Precision();
    private readonly Option<long?> gpuMemory = DeviceOptions.MaximumGpuMemory();
    private readonly Option<string?> configuration = new("--config") { Description = "The reference's inference.yaml; the model configs beside it are read too.", HelpName = "inference.yaml" };

    /// <summary>Makes the options.</summary>
    public GenerateArguments() => group = new GroupArguments(audio, "from left to right, as --list-faces prints them");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        image, audio, output, overwrite, weights, .. sampling.All, silence, smooth, pasteBack, region, motionOut, motionIn, driving, drivingFace,
        landmarks, .. group.All, listFaces, faceModels, separateVocals, device, precision, gpuMemory, batchSize, discard, warmUp, configuration,
    ];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="ConfigurationException">A configuration file can't be used, or an option is missing.</exception>
    public GenerateRequest Read(ParseResult parsed)
    {
        bool lists = parsed.GetValue(listFaces);
        bool discards = parsed.GetValue(discard);
        if (parsed.GetRequiredValue(image) == AudioInput.StandardInput && parsed.GetValue(audio) == AudioInput.StandardInput)
        {
            throw new ConfigurationException("--image and --audio cannot both be standard input.");
        }

        if (parsed.GetValue(motionIn) is not null && (parsed.GetValue(driving) is not null || parsed.GetValue(motionOut) is not null))
        {
            throw new ConfigurationException("--motion-in is rendered as it is; it goes with neither --driving nor --motion-out.");
        }

        FaceSelection? selection = group.Faces(parsed);
        IReadOnlyDictionary<int, string> namedVoices = group.Voices(parsed);
        group.Validate(parsed);
        if (selection is not null)
        {
            RequireGroup(parsed);
        }

        InferenceConfiguration settings = parsed.GetValue(configuration) is { } path ? InferenceConfiguration.Load(path) : new InferenceConfiguration();
        GenerationOptions generation = settings.Generation;
        string? chosenWeights = parsed.GetValue(weights);
        return new GenerateRequest
        {
            Image = parsed.GetRequiredValue(image),
            Audio = parsed.GetValue(audio) ?? (lists || parsed.GetValue(motionIn) is not null || namedVoices.Count > 0 ? null : throw new ConfigurationException("--audio is needed: the voice that the portrait speaks with.")),
            Out = parsed.GetValue(output) ?? (lists || discards ? "" : throw new ConfigurationException("--out is needed: where the video goes.")),
            Weights = chosenWeights ?? (lists ? OpenCheckpoint.Folder ?? "" : ClipOptions.UsualWeights()),
            UsesOpenCheckpoint = chosenWeights is null,
            Overwrites = parsed.GetValue(overwrite),
            Inputs =
            [
                .. new[] { parsed.GetRequiredValue(image), parsed.GetValue(audio), parsed.GetValue(landmarks), parsed.GetValue(separateVocals), parsed.GetValue(configuration), parsed.GetValue(motionIn), parsed.GetValue(driving) }
                    .Concat(namedVoices.Values)
                    .OfType<string>().Where(File.Exists),
            ],
            Landmarks = parsed.GetValue(landmarks),
            Face = group.Face(parsed),
            Faces = selection,
            Voices = namedVoices,
            MotionOut = parsed.GetValue(motionOut),
            MotionIn = parsed.GetValue(motionIn),
            Driving = parsed.GetValue(driving),
            DrivingFace = FaceChoice.Parse(parsed.GetRequiredValue(drivingFace)),
            ListFaces = lists,
            FaceModels = parsed.GetValue(faceModels),
            VocalNetwork = parsed.GetValue(separateVocals),
            Discards = discards,
            WarmsUp = parsed.GetValue(warmUp),
            Device = parsed.GetRequiredValue(device),
            Precision = DeviceOptions.ToElementType(parsed.GetValue(precision)),
            MaximumGpuMemory = parsed.GetValue(gpuMemory),
            BatchSize = parsed.GetValue(batchSize),
            Portrait = settings.Portrait,
            Generation = sampling.Read(parsed, generation) with
            {
                Audio = generation.Audio with { Silence = Enum.Parse<SilenceMode>(parsed.GetRequiredValue(silence), ignoreCase: true), OnNotice = text => Console.Error.WriteLine($"note: {text}") },
                Driving = generation.Driving with
                {
                    Region = parsed.GetValue(region) is { } name ? InferenceConfiguration.ToRegion(name) : generation.Driving.Region,
                    Smoothing = ClipOptions.ToSmoothing(parsed.GetRequiredValue(smooth)),
                },
                PasteBack = ClipOptions.ToPasteBack(parsed.GetRequiredValue(pasteBack)),
            },
        };
    }

    // What does not go with several faces.
    private void RequireGroup(ParseResult parsed)
    {
        Option? single = new Option[] { motionIn, motionOut, driving }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        ConfigurationException.Require(single is null, $"--faces makes several faces speak; {single?.Name} is for one.");
        ConfigurationException.Require(!parsed.GetValue(listFaces), "--list-faces prints all faces; it goes without --faces.");
        ConfigurationException.Require(
            parsed.GetRequiredValue(pasteBack) != "none", "--faces puts faces back into their picture; it does not go with --paste-back none.");
    }
}
