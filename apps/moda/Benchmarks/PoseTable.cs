using System.Diagnostics;
using System.Globalization;
using Moda.Runtime;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Cli.Benchmarks;

/// <summary>Times poses of one portrait, as a person who moves a slider asks for them: the next when the last has come.</summary>
internal static class PoseTable
{
    /// <summary>Poses that are not timed: they plan forwards and record graphs.</summary>
    internal const int FirstPoses = 5;

    /// <summary>Prepares a portrait once, poses it as often as is asked for, and prints how long a pose took.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="picture">The portrait; null for one of noise, 512 x 512.</param>
    /// <param name="count">How many poses.</param>
    /// <param name="options">How they are made.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PrintAsync(
        TalkingHeadEngine engine, RgbImage? picture, int count, PoseOptions options, CancellationToken cancellationToken)
    {
        using PreparedPortrait portrait = picture is null
            ? await engine.PrepareAsync(SessionTable.Picture(0), cancellationToken)
            : await engine.PrepareAsync(picture, cancellationToken: cancellationToken);
        double[] milliseconds = new double[count];
        for (int pose = -FirstPoses; pose < count; pose++)
        {
            long start = Stopwatch.GetTimestamp();
            await engine.PoseAsync(portrait, At(pose), options, cancellationToken);
            if (pose >= 0)
            {
                milliseconds[pose] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        Array.Sort(milliseconds);
        Console.Out.WriteLine(engine.DeviceName);
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} poses, each when the one before had come: {milliseconds[count / 2]:0.00} ms (median), {milliseconds[count * 95 / 100]:0.00} ms (95 of 100 within), {milliseconds[^1]:0.00} ms at the most"));
    }
    /// <summary>The pose of a number: sliders that go to and fro.</summary>
    internal static FacePose At(int pose)
    {
        float place = MathF.Sin(pose * 0.2f);
        return new FacePose { Yaw = 10 * place, Smile = 0.5f * MathF.Abs(place) };
    }
}
