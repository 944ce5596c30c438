using Moda.Runtime.Options;

namespace Moda.Runtime.Planning;

/// <summary>When the first and the last frame of a clip come, from the costs of its parts.</summary>
/// <param name="Stages">How long each stage is at work.</param>
/// <param name="FirstUse">What the first clip takes in addition.</param>
/// <param name="FirstFrame">Seconds until the first frame.</param>
/// <param name="Total">Seconds until the last frame.</param>
/// <param name="Obstacles">Why it cannot stream.</param>
internal readonly record struct ClipSchedule(
    StageSeconds Stages, StageSeconds FirstUse, double FirstFrame, double Total, StreamingObstacles Obstacles)
{
    /// <summary>Computes it.</summary>
    /// <param name="length">How much work there is.</param>
    /// <param name="costs">What its parts take.</param>
    /// <param name="obstacles">Why all motion is generated before the first frame; none where it is not.</param>
    public static ClipSchedule Of(ClipLength length, ClipCosts costs, StreamingObstacles obstacles)
    {
        double encoding = costs.Pieces.Sum(piece => piece.Count * piece.Cost.Seconds);
        double motion = length.Segments * costs.Segment.Seconds;
        double rendering = length.Frames * costs.Frame.Seconds;
        double firstBatch = Math.Min(costs.FramesUntilFirst, length.Frames) * costs.Frame.Seconds;
        var stages = new StageSeconds(encoding, motion, length.Frames * costs.Frame.Rendering, length.Frames * costs.Frame.Pasting);
        var firstUse = new StageSeconds(
            costs.Pieces.Sum(piece => piece.Cost.FirstUse(piece.Count)), costs.Segment.FirstUse(length.Segments), costs.Frame.FirstUse.Rendering, costs.Frame.FirstUse.Pasting);

        // Before the first frame: everything that is heard and moved, or what its segment needs. What a GPU then does side by side adds up all
        // the same: rendering alone keeps it busy.
        double first = (obstacles == StreamingObstacles.None ? costs.Pieces[0].Cost.Seconds + costs.Segment.Seconds : encoding + motion) + firstBatch;
        double total = encoding + motion + rendering;
        bool isSlow = total - first > (length.Frames - 1) / (double)GenerationOptions.FramesPerSecond;
        return new ClipSchedule(stages, firstUse, first, total, obstacles | (isSlow ? StreamingObstacles.SlowerThanShown : StreamingObstacles.None));
    }
}
