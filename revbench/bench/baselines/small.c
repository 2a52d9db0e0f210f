/* The small programs of revbench/paper and revbench/library, with gradients by hand. Complex numbers are pairs of doubles. */
#include <math.h>
#include <stdint.h>

/* ---- sparse matrices, by columns (indptr, indices as in SciPy) */
double dot_value(int64_t n, const double *a, const int64_t *ia, const int64_t *ca, const double *b, const int64_t *ib, const int64_t *cb)
{
    double out = 0;
    for (int64_t j = 0; j < n; j++)
        for (int64_t p = ca[j], q = cb[j]; p < ca[j + 1] && q < cb[j + 1];) {
            if (ia[p] < ib[q]) p++;
            else if (ia[p] > ib[q]) q++;
            else out += a[p++] * b[q++];
        }
    return out;
}

void dot_gradient(int64_t n, const double *a, const int64_t *ia, const int64_t *ca, const double *b, const int64_t *ib, const int64_t *cb,
                  double *in_a, double *in_b)
{
    for (int64_t p = 0; p < ca[n]; p++) in_a[p] = 0;
    for (int64_t q = 0; q < cb[n]; q++) in_b[q] = 0;
    for (int64_t j = 0; j < n; j++)
        for (int64_t p = ca[j], q = cb[j]; p < ca[j + 1] && q < cb[j + 1];) {
            if (ia[p] < ib[q]) p++;
            else if (ia[p] > ib[q]) q++;
            else {
                in_a[p] = b[q];
                in_b[q++] = a[p++];
            }
        }
}

/* |y|^2 of y = a x, complex; y is a workspace of m pairs */
void matvec_gradient(int64_t m, int64_t n, const double *a, const int64_t *rows, const int64_t *starts, const double *x, double *y, double *in_a, double *in_x)
{
    for (int64_t i = 0; i < 2 * m; i++) y[i] = 0;
    for (int64_t j = 0; j < n; j++)
        for (int64_t p = starts[j]; p < starts[j + 1]; p++) {
            y[2 * rows[p]] += a[2 * p] * x[2 * j] - a[2 * p + 1] * x[2 * j + 1];
            y[2 * rows[p] + 1] += a[2 * p] * x[2 * j + 1] + a[2 * p + 1] * x[2 * j];
        }
    for (int64_t j = 0; j < n; j++) {
        double re = 0, im = 0;
        for (int64_t p = starts[j]; p < starts[j + 1]; p++) {
            const double gr = 2 * y[2 * rows[p]], gi = 2 * y[2 * rows[p] + 1];
            in_a[2 * p] = gr * x[2 * j] + gi * x[2 * j + 1];
            in_a[2 * p + 1] = gi * x[2 * j] - gr * x[2 * j + 1];
            re += gr * a[2 * p] + gi * a[2 * p + 1];
            im += gi * a[2 * p] - gr * a[2 * p + 1];
        }
        in_x[2 * j] = re;
        in_x[2 * j + 1] = im;
    }
}

/* ---- the Petersen graph: `many` embeddings in k dimensions */
static void pairs(int k, int n, const int64_t *pair, const double *x, double *d, double *mean)
{
    *mean = 0;
    for (int i = 0; i < n; i++) {
        const double *a = x + pair[2 * i] * k, *b = x + pair[2 * i + 1] * k;
        d[i] = 0;
        for (int c = 0; c < k; c++) d[i] += (a[c] - b[c]) * (a[c] - b[c]);
        *mean += d[i] / n;
    }
}

static void pull(int k, int n, const int64_t *pair, const double *x, const double *d, double mean, double by_mean, double *in_x)
{
    for (int i = 0; i < n; i++) {
        const double *a = x + pair[2 * i] * k, *b = x + pair[2 * i + 1] * k, g = 2 * (2 * (d[i] - mean) / (n - 1) + by_mean / n);
        double *in_a = in_x + pair[2 * i] * k, *in_b = in_x + pair[2 * i + 1] * k;
        for (int c = 0; c < k; c++) {
            in_a[c] += g * (a[c] - b[c]);
            in_b[c] -= g * (a[c] - b[c]);
        }
    }
}

void embedding_gradient(int64_t many, int64_t k, const int64_t *edges, const int64_t *others, const double *x, double *in_x)
{
    for (int64_t b = 0; b < many; b++, x += 10 * k, in_x += 10 * k) {
        double d[15], e[30], near, far;
        pairs(k, 15, edges, x, d, &near);
        pairs(k, 30, others, x, e, &far);
        const double gap = near - far + 0.1, slope = gap > 0 ? exp(gap) : 0;
        for (int i = 0; i < 10 * k; i++) in_x[i] = 0;
        pull(k, 15, edges, x, d, near, slope, in_x);
        pull(k, 30, others, x, e, far, -slope, in_x);
    }
}

/* ---- numbers */
void bessel_gradient(int64_t n, const double *z, int64_t nu, double atol, double *in_z)
{
    for (int64_t i = 0; i < n; i++) {
        const double half = z[i] / 2, square = half * half;
        double term = 1, k = 0, slope;
        for (int64_t j = 1; j <= nu; j++) term *= half / j;
        slope = nu * term;
        while (fabs(term) > atol || k * (k + nu) < square) {
            k++;
            term *= -square / (k * (k + nu));
            slope += (2 * k + nu) * term;
        }
        in_z[i] = slope / z[i];
    }
}

void log_gradient(int64_t n, const double *z, double *in_z)
{
    for (int64_t i = 0; i < n; i++) {
        const double re = z[2 * i], im = z[2 * i + 1], square = re * re + im * im;
        in_z[2 * i] = (0.1 * re - 0.2 * im) / square;
        in_z[2 * i + 1] = (0.1 * im + 0.2 * re) / square;
    }
}

void norm_gradient(int64_t n, const double *x, double *in_x)
{
    double square = 0;
    for (int64_t i = 0; i < n; i++) square += x[i] * x[i];
    const double root = sqrt(square);
    for (int64_t i = 0; i < n; i++) in_x[i] = x[i] / root;
}
