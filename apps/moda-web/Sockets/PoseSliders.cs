using Moda.Runtime;
using Moda.Runtime.Options;
using Moda.Web.Failures;

namespace Moda.Web.Sockets;

/// <summary>The sliders of a pose by name, with their ranges and where they stand first.</summary>
internal static class PoseSliders
{
    private static readonly (string Name, SliderRange Range, Func<PreparedPortrait, double?> First, Func<FacePose, double, FacePose> Set)[] All =
    [
        ("pitch", SliderRange.Pitch, _ => default(FacePose).Pitch, (pose, value) => pose with { Pitch = value }),
        ("yaw", SliderRange.Yaw, _ => default(FacePose).Yaw, (pose, value) => pose with { Yaw = value }),
        ("roll", SliderRange.Roll, _ => default(FacePose).Roll, (pose, value) => pose with { Roll = value }),
        ("x", SliderRange.X, _ => default(FacePose).X, (pose, value) => pose with { X = value }),
        ("y", SliderRange.Y, _ => default(FacePose).Y, (pose, value) => pose with { Y = value }),
        ("zoom", SliderRange.Zoom, _ => default(FacePose).Zoom, (pose, value) => pose with { Zoom = value }),
        ("eye_opening", SliderRange.Opening, portrait => portrait.EyeOpening, (pose, value) => pose with { EyeOpening = value }),
        ("lip_opening", SliderRange.Opening, portrait => portrait.LipOpening, (pose, value) => pose with { LipOpening = value }),
        ("smile", SliderRange.Smile, _ => default(FacePose).Smile, (pose, value) => pose with { Smile = value }),
        ("wink", SliderRange.Wink, _ => default(FacePose).Wink, (pose, value) => pose with { Wink = value }),
        ("eyebrow", SliderRange.Eyebrow, _ => default(FacePose).Eyebrow, (pose, value) => pose with { Eyebrow = value }),
        ("gaze_x", SliderRange.GazeX, _ => default(FacePose).GazeX, (pose, value) => pose with { GazeX = value }),
        ("gaze_y", SliderRange.GazeY, _ => default(FacePose).GazeY, (pose, value) => pose with { GazeY = value }),
        ("pout", SliderRange.Pout, _ => default(FacePose).Pout, (pose, value) => pose with { Pout = value }),
        ("purse", SliderRange.Purse, _ => default(FacePose).Purse, (pose, value) => pose with { Purse = value }),
        ("grin", SliderRange.Grin, _ => default(FacePose).Grin, (pose, value) => pose with { Grin = value }),
        ("lip_parting", SliderRange.LipParting, _ => default(FacePose).LipParting, (pose, value) => pose with { LipParting = value }),
    ];

    /// <summary>Least, most and first value of each slider that the portrait has.</summary>
    public static IReadOnlyDictionary<string, double[]> Describe(PreparedPortrait portrait) => All
        .Where(slider => slider.First(portrait) is not null)
        .ToDictionary(slider => slider.Name, slider => new[] { slider.Range.Least, slider.Range.Most, slider.First(portrait)!.Value });

    /// <summary>The pose that sliders stand for.</summary>
    /// <exception cref="ApiException">A slider is unknown, or out of range.</exception>
    public static FacePose Read(IReadOnlyDictionary<string, double> sliders)
    {
        var pose = new FacePose();
        foreach ((string name, double value) in sliders)
        {
            int index = Array.FindIndex(All, slider => slider.Name == name);
            if (index < 0 || !(value >= All[index].Range.Least && value <= All[index].Range.Most))
            {
                throw ApiException.Unusable("invalid_pose", "A slider is unknown or out of its range; the first message has all ranges.");
            }

            pose = All[index].Set(pose, value);
        }

        return pose;
    }
}
