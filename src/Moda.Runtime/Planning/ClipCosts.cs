namespace Moda.Runtime.Planning;

/// <summary>What a forward takes, in seconds.</summary>
/// <param name="Seconds">Each time, once it has been planned and recorded.</param>
/// <param name="First">In addition, the first time: it is planned.</param>
/// <param name="Second">In addition, the second time, on a device that records it then.</param>
internal readonly record struct RunCost(double Seconds, double First = 0, double Second = 0)
{
    /// <summary>In addition, all the times.</summary>
    /// <param name="times">How often it runs.</param>
    public double FirstUse(int times) => First + (times > 1 ? Second : 0);
}

/// <summary>What frames take, in seconds a frame, in whole batches on all render workers.</summary>
/// <param name="Seconds">Of the time that passes.</param>
/// <param name="Rendering">In which at least one worker renders.</param>
/// <param name="Pasting">In which at least one worker copies or pastes.</param>
/// <param name="FirstUse">In addition, until forwards have been planned and recorded; in seconds, not a frame.</param>
internal readonly record struct FrameCost(double Seconds, double Rendering, double Pasting, StageSeconds FirstUse);

/// <summary>What the parts of a clip take.</summary>
/// <param name="Pieces">Pieces of the voice in their order, and how many there are of each.</param>
/// <param name="Segment">A segment of motion, sampled alone.</param>
/// <param name="Frame">Frames.</param>
/// <param name="FramesUntilFirst">Frames that the workers render by the time the first batch is finished.</param>
internal sealed record ClipCosts(IReadOnlyList<(int Count, RunCost Cost)> Pieces, RunCost Segment, FrameCost Frame, int FramesUntilFirst);
