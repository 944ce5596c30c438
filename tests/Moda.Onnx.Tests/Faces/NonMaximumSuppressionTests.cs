using Moda.Onnx.Faces;
using Moda.Runtime.Faces;
using Xunit;

namespace Moda.Onnx.Tests.Faces;

public sealed class NonMaximumSuppressionTests
{
    [Fact]
    public void The_surest_of_boxes_that_share_much_stays()
    {
        ScoredBox weak = new(new FaceBox(12, 10, 100, 100), 0.6f);
        ScoredBox strong = new(new FaceBox(10, 10, 100, 100), 0.9f);
        ScoredBox apart = new(new FaceBox(300, 10, 50, 50), 0.2f);

        Assert.Equal([strong, apart], NonMaximumSuppression.Apply([weak, apart, strong]));
    }

    [Fact]
    public void A_box_that_went_suppresses_no_other()
    {
        // Each shares half its width with the next: first and third share nothing.
        ScoredBox first = new(new FaceBox(0, 0, 100, 100), 0.9f);
        ScoredBox second = new(new FaceBox(40, 0, 100, 100), 0.8f);
        ScoredBox third = new(new FaceBox(80, 0, 100, 100), 0.7f);

        Assert.Equal([first, third], NonMaximumSuppression.Apply([third, second, first]));
    }

    [Theory]
    [InlineData(42, 1)]
    [InlineData(44, 2)]
    public void Two_fifths_of_what_both_cover_may_be_shared(float down, int kept)
    {
        // With the last rows, 101 - down of 101 + down are shared: 0.413, then 0.393.
        ScoredBox first = new(new FaceBox(0, 0, 100, 100), 0.9f);
        ScoredBox second = new(new FaceBox(0, down, 100, 100), 0.8f);

        Assert.Equal(kept, NonMaximumSuppression.Apply([first, second]).Count);
    }

    [Fact]
    public void Boxes_include_their_last_pixel()
    {
        // Half a pixel is shared of one and a half; with their last pixels, 1.5 x 2 of 2.5 x 2.
        ScoredBox first = new(new FaceBox(0, 0, 1, 1), 0.9f);
        ScoredBox second = new(new FaceBox(0.5f, 0, 1, 1), 0.8f);

        Assert.Equal([first], NonMaximumSuppression.Apply([first, second]));
    }
}
