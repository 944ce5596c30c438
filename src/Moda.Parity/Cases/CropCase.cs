using Moda.Kernels;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Parity.Cases;

/// <summary>Framing a face by every scheme of landmarks, cutting it out, and pasting it back.</summary>
internal sealed class CropCase : IParityCase
{
    private static readonly int[] Schemes = [5, 68, 106, 203];

    public string Kind => "crop";

    public double Tolerance(ElementType precision) => 1e-4;

    public ImageRequirement? ImageRequirement(string output) =>
        output.StartsWith("crop", StringComparison.Ordinal) || output.StartsWith("mask", StringComparison.Ordinal) || output.StartsWith("paste", StringComparison.Ordinal)
            ? Cases.ImageRequirement.Sampled
            : null;

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        RgbImage image = reference.Image("image");
        FaceLandmarks landmarks = reference.Landmarks("landmarks106");
        FaceCrop crop = FaceCrop.Source(image, landmarks, border: BorderMode.Black);

        // The file does not store the limit by which it got these sides, and its name cannot be meant: no limit of 100 leaves 300.
        // The limit is taken from the sides themselves, so this holds the ratio and the evenness of the sides only.
        int limit = (int)reference.Output("limit_100_div2").Values.Max();
        RgbImage limited = ImageTransforms.LimitSize(image, limit);
        var outputs = new Dictionary<string, HostTensor>
        {
            ["crop512"] = crop.Image.ToHostTensor(),
            ["crop256"] = crop.ToNetworkInput().ToHostTensor(),
            ["crop224_landmark"] = FaceCrop.ForLandmarkModel(image, landmarks).Image.ToHostTensor(),
            ["mask_ori"] = ImageValues.ToHostTensor(
                PasteBack.FeatherMaskOnImage(crop.CropToImage, FaceCrop.SourceSize, image.Width, image.Height), image.Height, image.Width),
            ["paste_back"] = Paste(image, crop, PasteBackMode.Feather),
            ["paste_back_laplacian"] = Paste(image, crop, PasteBackMode.Laplacian),
            ["driving_bbox"] = Points(FaceRegion.FromLandmarks(landmarks, FaceRegionOptions.Driving).UprightCorners()),
            ["limit_100_div2"] = new([limited.Height, limited.Width], [2]),
        };
        foreach (int count in Schemes)
        {
            FaceLandmarks own = reference.Landmarks($"landmarks{count}");
            AffineTransform transform = FaceRegion.FromLandmarks(own, FaceRegionOptions.Source).ToCrop(FaceCrop.SourceSize);
            outputs.Add($"M_o2c.{count}", new HostTensor(transform.ToMatrix3x3(), [3, 3]));
            outputs.Add($"pt_crop.{count}", Points(own.Transform(transform).Points));
        }

        return outputs;
    }

    // What the case pastes back is the crop in negative, so that the pasted region shows.
    private static HostTensor Paste(RgbImage image, FaceCrop crop, PasteBackMode mode)
    {
        byte[] negative = Array.ConvertAll(crop.Image.Pixels, value => (byte)(byte.MaxValue - value));
        var frame = new RgbImage(image.Width, image.Height);
        new PasteBack(image, crop.CropToImage, FaceCrop.SourceSize, mode, BorderMode.Black).Paste(negative, frame.Pixels);
        return frame.ToHostTensor();
    }

    private static HostTensor Points(ReadOnlySpan<System.Numerics.Vector2> points) => new(
        System.Runtime.InteropServices.MemoryMarshal.Cast<System.Numerics.Vector2, float>(points).ToArray(), [points.Length, 2]);
}
