using System.CommandLine;
using System.CommandLine.Parsing;
using Moda.Cli.Configuration;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of <c>moda drive</c>.</summary>
internal sealed class DriveArguments
{
    private readonly PortraitArguments portrait = new(takesVideo: true);
    private readonly Option<string?> video = new("--video") { Description = "A video whose face is driven, instead of a portrait's: any file that ffmpeg reads.", HelpName = "FILE" };
    private readonly Option<string> driving = ClipOptions.Required(
        "--driving", "Whose motion: a video, a picture, LivePortrait's template (.pkl), or a file that --motion-out has written.", "FILE");
    private readonly Option<string?> output = new("--out") { Description = "The video (.mp4, .mov, .mkv), a .y4m stream or a folder for PNG frames; a picture (.png, .jpg, .webp) where the motion is one picture's.", HelpName = "FILE" };
    private readonly Option<string?> motionOut = new("--motion-out") { Description = "Keep the motion in this file, to drive by it again.", HelpName = "motion.safetensors" };
    private readonly Option<bool> relative = new("--relative") { Description = "Add the motion's change since its first frame to the portrait. This is the default." };
    private readonly Option<bool> absolute = new("--absolute") { Description = "Take the motion as it is, head pose and place too." };
    private readonly Option<string> drivingOption = new Option<string>("--driving-option")
    {
        Description = "Whether movements are scaled by the size of the portrait's face over the driving one (relative motion only).",
        HelpName = "expression-friendly|pose-friendly",
        DefaultValueFactory = _ => "expression-friendly",
    }.AcceptOnlyFromAmong("expression-friendly", "pose-friendly");

    private readonly Option<float?> multiplier = new("--multiplier") { Description = "Scales all movement. [1]", HelpName = "X" };
    private readonly Option<string?> region = ClipOptions.Region();
    private readonly Option<string> smooth = ClipOptions.Smooth();
    private readonly Option<bool> cropDriving = new("--crop-driving") { Description = "Crop the driving video or picture to its face, also where it is square." };
    private readonly Option<string> drivingFace = ClipOptions.DrivingFace();
    private readonly Option<bool> retargetEyes = new("--retarget-eyes") { Description = "Open the eyes as far as the driving face's; in relative motion nothing else is followed." };
    private readonly Option<bool> retargetLips = new("--retarget-lips") { Description = "Open the lips as far as the driving face's; in relative motion nothing else is followed." };
    private readonly Option<bool> normalizeLips = new("--normalize-lips") { Description = "Close the portrait's lips first where they are open (relative motion only)." };
    private readonly Option<bool> noStitching = new("--no-stitching") { Description = "Leave the face where the motion puts it, even if the shoulders do not fit." };
    private readonly Option<bool> noSound = new("--no-sound") { Description = "Leave the driving video's sound out." };
    private readonly Option<bool> keepSound = new("--keep-sound") { Description = "With --video: keep its own sound too, as tracks behind the driving video's. Without other sound it is kept anyway." };
    private readonly Option<int?> batchSize = ClipOptions.BatchSize();

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        portrait.Image, video, driving, output, motionOut, relative, absolute, drivingOption, multiplier, region, smooth, cropDriving, drivingFace,
        retargetEyes, retargetLips, normalizeLips, noStitching, noSound, keepSound, .. portrait.Trailing, batchSize,
    ];

    /// <summary>Finds out whether there is one face to drive.</summary>
    public void RequireOneFace(CommandResult result)
    {
        if (result.GetValue(portrait.Image) is null == result.GetValue(video) is null)
        {
            result.AddError("Whose face is driven? Give --image for a portrait's, or --video for a video's; one of them.");
        }
    }

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="ConfigurationException">There are no weights, or options contradict each other.</exception>
    public DriveRequest Read(ParseResult parsed)
    {
        if (parsed.GetValue(relative) && parsed.GetValue(absolute))
        {
            throw new ConfigurationException("--relative and --absolute contradict each other; give one of them.");
        }

        string? motion = parsed.GetValue(motionOut);
        if (parsed.GetValue(output) is null && motion is null)
        {
            throw new ConfigurationException("--out is needed, where the video goes, or --motion-out, where the motion goes.");
        }

        PortraitRequest request = portrait.Read(parsed);
        string? driven = parsed.GetValue(video);
        if (driven is not null)
        {
            RequireVideoOptions(request, parsed);
        }

        return new DriveRequest
        {
            Portrait = request,
            Video = driven,
            Driving = parsed.GetRequiredValue(driving),
            DrivingFace = Moda.Runtime.Faces.FaceChoice.Parse(parsed.GetRequiredValue(drivingFace)),
            Out = parsed.GetValue(output),
            MotionOut = motion,
            Crop = parsed.GetValue(cropDriving) ? DrivingCropMode.Always : DrivingCropMode.WhenNotSquare,
            KeepsSound = !parsed.GetValue(noSound),
            KeepsOwnSound = parsed.GetValue(keepSound),
            BatchSize = parsed.GetValue(batchSize),
            Generation = new GenerationOptions
            {
                PasteBack = request.PasteBack,
                Driving = DrivingOptions.ForVideo with
                {
                    RelativeMotion = !parsed.GetValue(absolute),
                    ExpressionFriendly = parsed.GetRequiredValue(drivingOption) == "expression-friendly",
                    Multiplier = parsed.GetValue(multiplier) ?? 1,
                    Region = InferenceConfiguration.ToRegion(parsed.GetValue(region) ?? "all"),
                    Smoothing = ClipOptions.ToSmoothing(parsed.GetRequiredValue(smooth)),
                    Stitching = !parsed.GetValue(noStitching),
                    RetargetEyes = parsed.GetValue(retargetEyes),
                    RetargetLip = parsed.GetValue(retargetLips),
                    NormalizeLip = parsed.GetValue(normalizeLips),
                },
            },
        };
    }

    private void RequireVideoOptions(PortraitRequest request, ParseResult parsed)
    {
        if (request.PasteBack == PasteBackMode.None)
        {
            throw new ConfigurationException("--paste-back none is for portraits; the face of a video is put back into its frames by feather, laplacian or face-mask.");
        }

        if (parsed.GetValue(output) is { } path && OutputFile.IsPicture(path))
        {
            throw new ConfigurationException($"--out '{path}' is a picture, but a video is driven. Name a video, or a folder for the frames.");
        }
    }
}
