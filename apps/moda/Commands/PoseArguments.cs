using System.CommandLine;
using System.Globalization;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>The arguments of <c>moda pose</c>: a portrait, and a slider for each property of <see cref="FacePose"/>.</summary>
internal sealed class PoseArguments
{
    private readonly PortraitArguments portrait = new();
    private readonly Option<string> output = ClipOptions.Required("--out", "The picture: .png, .jpg or .webp.", "FILE");
    private readonly Option<double?> pitch = Slider("--pitch", "Lowers the head, in degrees", SliderRange.Pitch);
    private readonly Option<double?> yaw = Slider("--yaw", "Turns the head, in degrees", SliderRange.Yaw);
    private readonly Option<double?> roll = Slider("--roll", "Tilts the head, in degrees", SliderRange.Roll);
    private readonly Option<double?> x = Slider("--x", "Moves the head sideways", SliderRange.X);
    private readonly Option<double?> y = Slider("--y", "Moves the head up and down", SliderRange.Y);
    private readonly Option<double?> zoom = Slider("--z", "Size of the head; 1 is its own", SliderRange.Zoom);
    private readonly Option<double?> eyes = Slider("--eyes", "How far the eyes are open, height over width; left out, as they are", SliderRange.Opening);
    private readonly Option<double?> lips = Slider("--lips", "How far the lips are open, height over width; left out, as they are", SliderRange.Opening);
    private readonly Option<double?> smile = Slider("--smile", "From a sad mouth to a smile", SliderRange.Smile);
    private readonly Option<double?> wink = Slider("--wink", "Closes one eye", SliderRange.Wink);
    private readonly Option<double?> eyebrow = Slider("--brow", "Raises the brows, or frowns below 0", SliderRange.Eyebrow);
    private readonly Option<double?> gazeX = Slider("--gaze-x", "Where the eyes look sideways", SliderRange.GazeX);
    private readonly Option<double?> gazeY = Slider("--gaze-y", "Where the eyes look up and down", SliderRange.GazeY);
    private readonly Option<double?> pout = Slider("--pout", "Moves the mouth sideways", SliderRange.Pout);
    private readonly Option<double?> purse = Slider("--purse", "Purses the lips", SliderRange.Purse);
    private readonly Option<double?> grin = Slider("--grin", "Draws the lips into a grin", SliderRange.Grin);
    private readonly Option<double?> parting = Slider("--part-lips", "Presses the lips together below 0 and parts them above", SliderRange.LipParting);
    private readonly Option<bool> noStitching = new("--no-stitching") { Description = "Leave the face where the sliders put it, even if the shoulders do not fit." };

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
    [
        portrait.Image, output, pitch, yaw, roll, x, y, zoom, eyes, lips, smile, wink, eyebrow, gazeX, gazeY, pout, purse, grin, parting,
        noStitching, .. portrait.Trailing,
    ];

    /// <summary>Reads a parsed command line.</summary>
    /// <exception cref="Configuration.ConfigurationException">There are no weights.</exception>
    public PoseRequest Read(ParseResult parsed)
    {
        var pose = new FacePose
        {
            Pitch = parsed.GetValue(pitch) ?? 0,
            Yaw = parsed.GetValue(yaw) ?? 0,
            Roll = parsed.GetValue(roll) ?? 0,
            X = parsed.GetValue(x) ?? 0,
            Y = parsed.GetValue(y) ?? 0,
            Zoom = parsed.GetValue(zoom) ?? 1,
            EyeOpening = parsed.GetValue(eyes),
            LipOpening = parsed.GetValue(lips),
            Smile = parsed.GetValue(smile) ?? 0,
            Wink = parsed.GetValue(wink) ?? 0,
            Eyebrow = parsed.GetValue(eyebrow) ?? 0,
            GazeX = parsed.GetValue(gazeX) ?? 0,
            GazeY = parsed.GetValue(gazeY) ?? 0,
            Pout = parsed.GetValue(pout) ?? 0,
            Purse = parsed.GetValue(purse) ?? 0,
            Grin = parsed.GetValue(grin) ?? 0,
            LipParting = parsed.GetValue(parting) ?? 0,
        };
        PortraitRequest request = portrait.Read(parsed);
        var options = new PoseOptions { PasteBack = request.PasteBack, Stitching = !parsed.GetValue(noStitching) };
        return new PoseRequest(request, parsed.GetRequiredValue(output), pose, options);
    }

    private static Option<double?> Slider(string name, string description, SliderRange range) => new Option<double?>(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description}, {range.Least} to {range.Most}."),
        HelpName = "X",
    }.AcceptOnlyRange(range.Least, range.Most);
}

/// <summary>Everything that one call of <c>moda pose</c> was asked for.</summary>
internal sealed record PoseRequest(PortraitRequest Portrait, string Out, FacePose Pose, PoseOptions Options);
