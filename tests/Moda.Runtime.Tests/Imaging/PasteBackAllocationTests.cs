using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;
using Xunit;

namespace Moda.Runtime.Tests.Imaging;

/// <summary>Counts the bytes of the whole process, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(CountsAllocations), DisableParallelization = true)]
public sealed class CountsAllocations;

[Collection(nameof(CountsAllocations))]
public sealed class PasteBackAllocationTests
{
    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.FaceMask)]
    public void A_frame_allocates_next_to_nothing(PasteBackMode mode)
    {
        const int Size = 256;
        const int Frames = 50;
        RgbImage image = new(640, 480);
        PasteBack paste = new(image, new AffineTransform(1.5, 0.1, 80, -0.1, 1.5, 40), Size, mode);
        byte[] crop = new byte[Size * Size * 3];
        byte[] mask = new byte[mode == PasteBackMode.FaceMask ? Size * Size : 0];
        byte[] frame = new byte[image.Pixels.Length];
        for (int i = 0; i < 10; i++)
        {
            paste.Paste(crop, frame, mask);
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Frames; i++)
        {
            paste.Paste(crop, frame, mask);
        }
        long perFrame = (GC.GetTotalAllocatedBytes(precise: true) - before) / Frames;

        // What is left is the bookkeeping of the parallel loops; the smallest buffer here is an image of 200 KB.
        Assert.True(perFrame < 50_000, $"{perFrame} bytes for each frame");
    }

    [Theory]
    [InlineData(PasteBackMode.Feather)]
    [InlineData(PasteBackMode.Laplacian)]
    [InlineData(PasteBackMode.FaceMask)]
    public void The_next_frame_of_a_video_allocates_next_to_nothing(PasteBackMode mode)
    {
        const int Size = 256;
        const int Frames = 20;
        RgbImage image = new(640, 480);
        PasteBack paste = new(image, Place(0), Size, mode);
        byte[] crop = new byte[Size * Size * 3];
        byte[] mask = new byte[mode == PasteBackMode.FaceMask ? Size * Size : 0];
        byte[] frame = new byte[image.Pixels.Length];
        byte[] expected = new byte[image.Pixels.Length];
        crop.AsSpan().Fill(200);
        mask.AsSpan().Fill(1);
        for (int i = 0; i < 5; i++)
        {
            paste.Aim(image, Place(i));
            paste.Paste(crop, frame, mask);
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Frames; i++)
        {
            paste.Aim(image, Place(i));
            paste.Paste(crop, frame, mask);
        }
        long perFrame = (GC.GetTotalAllocatedBytes(precise: true) - before) / Frames;

        Assert.True(perFrame < 50_000, $"{perFrame} bytes for each frame");
        new PasteBack(image, Place(Frames - 1), Size, mode).Paste(crop, expected, mask);
        Assert.Equal(expected, frame);
    }

    // A face that moves and turns.
    private static AffineTransform Place(int frame) => new(1.5, 0.1 + (0.001 * frame), 80 + (2 * frame), -0.1, 1.5, 40 + frame);
}
