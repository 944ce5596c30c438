using System.Numerics;
using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Runtime.Tests.Imaging;
using Xunit;

namespace Moda.Runtime.Tests.Faces;

public sealed class FaceCropTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(68)]
    [InlineData(106)]
    [InlineData(203)]
    public void The_crop_s_matrix_and_landmarks_are_the_reference_s(int count)
    {
        using ImageCase reference = new("crop");
        FaceLandmarks landmarks = reference.Landmarks($"input.landmarks{count}");

        AffineTransform transform = FaceRegion.FromLandmarks(landmarks, FaceRegionOptions.Source).ToCrop(FaceCrop.SourceSize);

        ImageCase.AssertClose(reference.Floats($"output.M_o2c.{count}"), transform.ToMatrix3x3());
        ImageCase.AssertClose(reference.Floats($"output.pt_crop.{count}"), ImageCase.Flatten(landmarks.Transform(transform).Points));
    }

    [Fact]
    public void The_source_crop_and_the_networks_input_are_the_reference_s()
    {
        using ImageCase reference = new("crop");

        FaceCrop crop = FaceCrop.Source(reference.Image("input.image"), reference.Landmarks("input.landmarks106"), border: BorderMode.Black);

        ImageCase.AssertSameImage(reference.Bytes("output.crop512"), crop.Image.Pixels);
        ImageCase.AssertSameImage(reference.Bytes("output.crop256"), crop.ToNetworkInput().Pixels);
    }

    [Fact]
    public void The_landmark_model_s_crop_is_the_reference_s()
    {
        using ImageCase reference = new("crop");

        FaceCrop crop = FaceCrop.ForLandmarkModel(reference.Image("input.image"), reference.Landmarks("input.landmarks106"));

        ImageCase.AssertSameImage(reference.Bytes("output.crop224_landmark"), crop.Image.Pixels);
    }

    [Fact]
    public void The_driving_region_s_corners_are_the_reference_s()
    {
        using ImageCase reference = new("crop");

        FaceRegion region = FaceRegion.FromLandmarks(reference.Landmarks("input.landmarks106"), FaceRegionOptions.Driving);

        ImageCase.AssertClose(reference.Floats("output.driving_bbox"), ImageCase.Flatten(region.UprightCorners()));
    }

    [Fact]
    public void The_main_job_s_network_input_is_the_reference_s()
    {
        using ImageCase reference = new("e2e.tiny");

        FaceCrop crop = FaceCrop.Source(reference.Image("input.image"), reference.Landmarks("input.landmarks"), border: BorderMode.Black);

        ImageCase.AssertSameImage(reference.Bytes("output.crop256"), crop.ToNetworkInput().Pixels);
    }

    [Fact]
    public void The_way_back_undoes_the_way_there()
    {
        using ImageCase reference = new("crop");
        FaceLandmarks landmarks = reference.Landmarks("input.landmarks68");

        FaceCrop crop = FaceCrop.Source(reference.Image("input.image"), landmarks);

        ImageCase.AssertClose(ImageCase.Flatten(landmarks.Points), ImageCase.Flatten(crop.Landmarks.Transform(crop.CropToImage).Points));
    }

    [Fact]
    public void Landmarks_of_another_image_are_refused()
    {
        using ImageCase reference = new("crop");
        FaceLandmarks landmarks = reference.Landmarks("input.landmarks106").Transform(new AffineTransform(1, 0, 4000, 0, 1, 0));

        LandmarkException error = Assert.Throws<LandmarkException>(() => FaceCrop.Source(reference.Image("input.image"), landmarks));

        Assert.Contains("512 x 512", error.Message);
    }

    [Fact]
    public void Landmarks_on_one_point_are_refused()
    {
        FaceLandmarks landmarks = new(Enumerable.Repeat(new Vector2(0.5f, 0.5f), 5).ToArray());

        Assert.Throws<LandmarkException>(() => FaceCrop.Source(new RgbImage(64, 64), landmarks));
    }
}
