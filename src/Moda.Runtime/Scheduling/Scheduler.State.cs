namespace Moda.Runtime.Scheduling;

/// <content>What others may know of its work.</content>
internal sealed partial class Scheduler
{
    /// <summary>Batches that were rendered, by how many frames they had.</summary>
    public BatchCounts FrameBatches { get; } = new();

    /// <summary>Batches of segments that were sampled, by how many they had.</summary>
    public BatchCounts SegmentBatches { get; } = new();

    /// <summary>Segments that clips wait for and no thread has begun.</summary>
    public int WaitingSegments
    {
        get
        {
            lock (gate)
            {
                return segments.Count;
            }
        }
    }

    /// <summary>
    /// How long before a frame is due its motion should be asked for, in seconds: what a batch of segments and then one of frames take, as
    /// large as the live clips may make them, with a margin for each and for company.
    /// </summary>
    public double ExpectLead()
    {
        lock (gate)
        {
            int live = clips.Count(static clip => clip.IsLive);
            return segmentTimes.Expect(Math.Clamp(live, 1, segmentTimes.Largest)) + frameTimes.Expect(Math.Clamp(live, 1, frameTimes.Largest))
                + ((live > 1 ? 3 : 2) * Margin);
        }
    }
}
