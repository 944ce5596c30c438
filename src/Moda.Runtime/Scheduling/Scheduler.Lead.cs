namespace Moda.Runtime.Scheduling;

/// <content>What live sessions need to know of the scheduler's times.</content>
internal sealed partial class Scheduler
{
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
