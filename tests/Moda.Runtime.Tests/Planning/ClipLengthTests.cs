using Moda.Runtime.Audio;
using Moda.Runtime.Options;
using Moda.Runtime.Planning;
using Moda.Runtime.Sampling;
using Xunit;

namespace Moda.Runtime.Tests.Planning;

public sealed class ClipLengthTests
{
    private static readonly SegmentPlan Segments = new(80);

    [Theory]
    [InlineData(0.04, SilenceMode.None)]
    [InlineData(0.5, SilenceMode.Post)]
    [InlineData(3.2, SilenceMode.Pre)]
    [InlineData(6.017, SilenceMode.Both)]
    [InlineData(12, SilenceMode.None)]
    public async Task Pieces_and_frames_are_those_that_the_preparation_gives(double seconds, SilenceMode silence)
    {
        var preparation = new AudioPreparation(new AudioPreparationOptions
        {
            Silence = silence,
            SilenceDuration = TimeSpan.FromSeconds(0.41),
            PieceDuration = TimeSpan.FromSeconds(4),
        });
        ISampleReader voice = new Waveform(new float[(int)(seconds * Waveform.SampleRate)]).OpenReader();
        var pieces = new List<int>();
        await foreach (AudioPiece piece in preparation.PrepareAsync(voice, TestContext.Current.CancellationToken))
        {
            pieces.Add(piece.Frames);
        }

        ClipLength length = ClipLength.Of(TimeSpan.FromSeconds(seconds), preparation, Segments);

        Assert.Equal(pieces, length.Pieces.SelectMany(piece => Enumerable.Repeat(piece.Frames, piece.Count)));
        Assert.Equal(pieces.Sum(), length.GeneratedFrames);
        Assert.Equal(preparation.SilentFrames.Before + preparation.SilentFrames.After, length.SilentFrames);
        Assert.Equal(Segments.Count(pieces.Sum()), length.Segments);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.039)]
    [InlineData(100_000)]
    public void A_voice_of_no_frame_or_of_days_is_refused(double seconds) => Assert.Throws<ArgumentOutOfRangeException>(
        () => ClipLength.Of(TimeSpan.FromSeconds(seconds), new AudioPreparation(), Segments));
}
