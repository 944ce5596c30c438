using System.Numerics;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Motion;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests;

/// <summary>Numbers that are none are refused by name where options are taken.</summary>
public sealed class OptionTests
{
    public static TheoryData<string, GenerationOptions> WrongGeneration => new()
    {
        { "GuidanceScale", new() { Sampling = new() { GuidanceScale = float.NaN } } },
        { "GuidanceScale", new() { Sampling = new() { GuidanceScale = float.PositiveInfinity } } },
        { "GuidanceScale", new() { Sampling = new() { GuidanceScale = -1 } } },
        { "EmotionScale", new() { Sampling = new() { EmotionScale = float.NaN } } },
        { "EmotionScale", new() { Sampling = new() { EmotionScale = -1 } } },
        { "EmotionScale", new() { Sampling = new() { EmotionScale = 101 } } },
        { "Steps", new() { Sampling = new() { Steps = 1 } } },
        { "Steps", new() { Sampling = new() { Steps = int.MaxValue } } },
        { "Multiplier", new() { Driving = new() { Multiplier = float.NaN } } },
        { "Multiplier", new() { Driving = new() { Multiplier = float.NegativeInfinity } } },
        { "OpenLipRatio", new() { Driving = new() { OpenLipRatio = float.NaN } } },
        { "ClosedEyeRatio", new() { Driving = new() { ClosedEyeRatio = float.NaN } } },
        { "OpenEyeTarget", new() { Driving = new() { OpenEyeTarget = 1e30f } } },
        { "Gaze.X", new() { Driving = new() { Gaze = new Vector2(float.NaN, 0) } } },
        { "Gaze.Y", new() { Driving = new() { Gaze = new Vector2(0, float.PositiveInfinity) } } },
        { "Region", new() { Driving = new() { Region = (AnimationRegion)77 } } },
        { "Smoothing", new() { Driving = new() { Smoothing = (MotionSmoothing)77 } } },
        { "Emotion", new() { Emotion = (Emotion)99 } },
        { "PasteBack", new() { PasteBack = (PasteBackMode)77 } },
        { "Pace", new() { Pace = (Pace)77 } },
        { "WhenFull", new() { WhenFull = (WhenFull)77 } },
        { "FramesAhead", new() { FramesAhead = 0 } },
        { "Silence", new() { Audio = new() { Silence = (SilenceMode)77 } } },
        { "Scaling", new() { Audio = new() { Scaling = (PieceScaling)77 } } },
        { "PieceDuration", new() { Audio = new() { PieceDuration = TimeSpan.Zero } } },
        { "PieceDuration", new() { Audio = new() { PieceDuration = TimeSpan.MaxValue } } },
        { "SilenceDuration", new() { Audio = new() { SilenceDuration = TimeSpan.FromSeconds(-1) } } },
        { "SilenceDuration", new() { Audio = new() { SilenceDuration = TimeSpan.MaxValue } } },
    };

    public static TheoryData<string, PortraitOptions> WrongPortrait => new()
    {
        { "LongestSide", new() { LongestSide = 0 } },
        { "LongestSide", new() { LongestSide = int.MaxValue } },
        { "Border", new() { Border = (BorderMode)77 } },
        { "Scale", new() { Framing = new FaceRegionOptions(double.NaN, 0, 0) } },
        { "Scale", new() { Framing = new FaceRegionOptions(double.PositiveInfinity, 0, 0) } },
        { "Scale", new() { Framing = new FaceRegionOptions(0, 0, 0) } },
        { "OffsetX", new() { Framing = new FaceRegionOptions(2, double.NaN, 0) } },
        { "OffsetY", new() { Framing = new FaceRegionOptions(2, 0, double.NegativeInfinity) } },
    };

    [Theory]
    [MemberData(nameof(WrongGeneration), DisableDiscoveryEnumeration = true)]
    public void Options_of_a_clip_are_refused_by_name(string name, GenerationOptions options)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(options.Validate);

        Assert.Contains(name, error.Message);
        new GenerationOptions().Validate();
    }

    [Theory]
    [MemberData(nameof(WrongPortrait), DisableDiscoveryEnumeration = true)]
    public void Options_of_a_portrait_are_refused_by_name(string name, PortraitOptions options)
    {
        var landmarks = new FaceLandmarks([new(20, 20), new(40, 20), new(30, 30), new(22, 40), new(38, 40)]);

        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => Portrait.Create(new RgbImage(64, 64), landmarks, options));

        Assert.Contains(name, error.Message);
        Assert.Equal(64, Portrait.Create(new RgbImage(64, 64), landmarks).Image.Width);
    }

    [Fact]
    public void Driving_alone_refuses_them_too() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeypointDriver(new DrivingOptions { Stitching = false, Multiplier = float.NaN }, stitching: null));
}
