using System.CommandLine;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of <c>moda pose</c>: a portrait, and a slider for each property of <see cref="FacePose"/>.</summary>
internal sealed class PoseArguments
{
    private readonly PortraitArguments portrait = new();
    private readonly Option<string> output = ClipOptions.Required("--out", "The picture: .png, .jpg or .webp.", "FILE");
    private readonly Option<double> pitch = Slider("--pitch", "Lowers the head, in degrees, -15 to 15.");
    private readonly Option<double> yaw = Slider("--yaw", "Turns the head, in degrees, -25 to 25.");
    private readonly Option<double> roll = Slider("--roll", "Tilts the head, in degrees, -15 to 15.");
    private readonly Option<double> x = Slider("--x", "Moves the head sideways, -0.19 to 0.19.");
    private readonly Option<double> y = Slider("--y", "Moves the head up and down, -0.19 to 0.19.");
    private readonly Option<double?> zoom = new("--z") { Description = "Size of the head, 0.9 to 1.2. [1]", HelpName = "X" };
    private readonly Option<double?> eyes = new("--eyes") { Description = "How far the eyes are open, height over width, 0 to 0.8. [as they are]", HelpName = "X" };
    private readonly Option<double?> lips = new("--lips") { Description = "How far the lips are open, height over width, 0 to 0.8. [as they are]", HelpName = "X" };
    private readonly Option<double> smile = Slider("--smile", "From a sad mouth to a smile, -0.3 to 1.3.");
    private readonly Option<double> wink = Slider("--wink", "Closes one eye, 0 to 39.");
    private readonly Option<double> eyebrow = Slider("--brow", "Raises the brows, or frowns below 0, -30 to 30.");
    private readonly Option<double> gazeX = Slider("--gaze-x", "Where the eyes look sideways, -30 to 30.");
    private readonly Option<double> gazeY = Slider("--gaze-y", "Where the eyes look up and down, -63 to 63.");
    private readonly Option<double> pout = Slider("--pout", "Moves the mouth sideways, -0.09 to 0.09.");
    private readonly Option<double> purse = Slider("--purse", "Purses the lips, -20 to 15.");
    private readonly Option<double> grin = Slider("--grin", "Draws the lips into a grin, 0 to 15.");
    private readonly Option<double> parting = Slider("--part-lips", "Presses the lips together below 0 and parts them above, -90 to 120.");
    private readonly Option<bool> noStitching = new("--no-stitching") { Description = "Leave the face where the sliders put it, even if the shoulders do not fit." };

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        .. portrait.Leading, output, pitch, yaw, roll, x, y, zoom, eyes, lips, smile, wink, eyebrow, gazeX, gazeY, pout, purse, grin, parting,
        noStitching, .. portrait.Trailing,
    ];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A slider is out of range.</exception>
    /// <exception cref="Configuration.ConfigurationException">There are no weights.</exception>
    public PoseRequest Read(ParseResult parsed)
    {
        var pose = new FacePose
        {
            Pitch = parsed.GetValue(pitch),
            Yaw = parsed.GetValue(yaw),
            Roll = parsed.GetValue(roll),
            X = parsed.GetValue(x),
            Y = parsed.GetValue(y),
            Zoom = parsed.GetValue(zoom) ?? 1,
            EyeOpening = parsed.GetValue(eyes),
            LipOpening = parsed.GetValue(lips),
            Smile = parsed.GetValue(smile),
            Wink = parsed.GetValue(wink),
            Eyebrow = parsed.GetValue(eyebrow),
            GazeX = parsed.GetValue(gazeX),
            GazeY = parsed.GetValue(gazeY),
            Pout = parsed.GetValue(pout),
            Purse = parsed.GetValue(purse),
            Grin = parsed.GetValue(grin),
            LipParting = parsed.GetValue(parting),
        };
        pose.Validate();
        PortraitRequest request = portrait.Read(parsed);
        var options = new PoseOptions { PasteBack = request.PasteBack, Stitching = !parsed.GetValue(noStitching) };
        return new PoseRequest(request, parsed.GetRequiredValue(output), pose, options);
    }

    private static Option<double> Slider(string name, string description) => new(name) { Description = description, HelpName = "X" };
}

/// <summary>Everything that one call of <c>moda pose</c> was asked for.</summary>
internal sealed record PoseRequest(PortraitRequest Portrait, string Out, FacePose Pose, PoseOptions Options);
