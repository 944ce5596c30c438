using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Onnx.Faces;

/// <summary>
/// SCRFD (Guo et al. 2021, "Sample and Computation Redistribution for Efficient Face Detection") as insightface's det_10g.onnx has it:
/// scores, boxes and five points at strides of 8, 16 and 32, two anchors to a cell.
/// </summary>
internal sealed class ScrfdDetector : IDisposable
{
    /// <summary>Side of the input, as the reference prepares the detector.</summary>
    public const int InputSize = 512;

    /// <summary>The lowest score of a face, as the reference's configuration has it.</summary>
    public const float LowestScore = 0.15f;

    private const int AnchorsPerCell = 2;
    private const int BoxValues = 4;

    /// <summary>Outputs are the scores of all strides, then the boxes, then (not read here) the points.</summary>
    private static readonly int[] Strides = [8, 16, 32];

    private readonly OnnxModel model;

    /// <summary>Loads the detector.</summary>
    /// <param name="path">det_10g.onnx.</param>
    /// <exception cref="OnnxModelException">The file is missing, damaged or another model.</exception>
    public ScrfdDetector(string path)
    {
        model = new OnnxModel(path);
        if (model.OutputNames.Count is not (6 or 9))
        {
            int outputs = model.OutputNames.Count;
            model.Dispose();
            throw new OnnxModelException(path, $"it has {outputs} outputs; SCRFD at three strides has 6, or 9 with points.");
        }
    }

    /// <summary>Finds faces.</summary>
    /// <param name="image">Any image.</param>
    /// <returns>Boxes in pixels of the image after non-maximum suppression, the surest first.</returns>
    /// <exception cref="OnnxModelException">The file is another model.</exception>
    public List<ScoredBox> Detect(RgbImage image)
    {
        (RgbImage input, float scale) = Letterbox(image);
        float[][] outputs = model.Run(ModelInput.Planes(input, mean: 127.5f, scale: 1 / 128f), 1, RgbImage.Channels, InputSize, InputSize);
        var candidates = new List<ScoredBox>();
        for (int level = 0; level < Strides.Length; level++)
        {
            int anchors = Square(InputSize / Strides[level]) * AnchorsPerCell;
            float[] scores = outputs[level];
            float[] boxes = outputs[level + Strides.Length];
            model.RequireCount(scores, level, anchors);
            model.RequireCount(boxes, level + Strides.Length, anchors * BoxValues);
            Decode(scores, boxes, Strides[level], scale, candidates);
        }

        return NonMaximumSuppression.Apply(candidates);
    }

    public void Dispose() => model.Dispose();

    /// <summary>Fits an image into the top left of the input's square, black beyond it.</summary>
    /// <returns>The square, and its pixels for each of the image's.</returns>
    private static (RgbImage Input, float Scale) Letterbox(RgbImage image)
    {
        double aspect = (double)image.Height / image.Width;
        // Sides are cut to whole pixels as the reference cuts them; a very long image keeps one row.
        int width = aspect > 1 ? Math.Max((int)(InputSize / aspect), 1) : InputSize;
        int height = aspect > 1 ? InputSize : Math.Max((int)(InputSize * aspect), 1);
        RgbImage fitted = ImageTransforms.ResizeBilinear(image, width, height);
        var square = new RgbImage(InputSize, InputSize);
        for (int row = 0; row < height; row++)
        {
            fitted.Row(row).CopyTo(square.Row(row));
        }

        return (square, (float)height / image.Height);
    }

    /// <summary>Adds the boxes of one stride whose score suffices.</summary>
    /// <param name="scores">[cells * 2].</param>
    /// <param name="boxes">[cells * 2, 4]: distances from the cell's corner to left, top, right and bottom, in strides.</param>
    /// <param name="stride">Pixels of the input between cells.</param>
    /// <param name="scale">Pixels of the input for each of the image's.</param>
    /// <param name="candidates">Where boxes are added, in pixels of the image.</param>
    private static void Decode(ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes, int stride, float scale, List<ScoredBox> candidates)
    {
        int cells = InputSize / stride;
        for (int anchor = 0; anchor < scores.Length; anchor++)
        {
            if (scores[anchor] < LowestScore)
            {
                continue;
            }

            int cell = anchor / AnchorsPerCell;
            float x = cell % cells * stride;
            float y = cell / cells * stride;
            ReadOnlySpan<float> distances = boxes.Slice(anchor * BoxValues, BoxValues);
            float left = (x - distances[0] * stride) / scale;
            float top = (y - distances[1] * stride) / scale;
            float right = (x + distances[2] * stride) / scale;
            float bottom = (y + distances[3] * stride) / scale;
            if (right > left && bottom > top)
            {
                candidates.Add(new ScoredBox(new FaceBox(left, top, right - left, bottom - top), scores[anchor]));
            }
        }
    }

    private static int Square(int value) => value * value;
}

/// <summary>A box and how sure it is.</summary>
/// <param name="Box">In pixels of the image.</param>
/// <param name="Score">0 to 1.</param>
internal readonly record struct ScoredBox(FaceBox Box, float Score);
