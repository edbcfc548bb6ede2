// Airy's function Ai and its asymptotic series, of one FLOAT (float or double) a call. Abramowitz and Stegun, 10.4.
#define R(x) ((FLOAT)(x))

// Ai and its slope at the whole numbers from -10 to 10.
__constant FLOAT airy_table_FLOAT[42] = {
    R(0.0402412384864431907), R(0.996265044132790056),
    R(-0.0221337215473414037), R(-0.975663980926331595),
    R(-0.0527050503563862026), R(0.935560938198306551),
    R(0.184280835250505637), R(-0.771008168410126548),
    R(-0.329145173629823105), R(0.345935487281342895),
    R(0.35076100902411432), R(0.327192818554443137),
    R(-0.0702655329492895151), R(-0.79062857536858138),
    R(-0.378814293677658074), R(0.314583769216598814),
    R(0.227407428201685576), R(0.618259020741691041),
    R(0.535560883292352119), R(-0.0101605671166452094),
    R(0.355028053887817239), R(-0.258819403792806798),
    R(0.135292416312881416), R(-0.159147441296793213),
    R(0.0349241304232743791), R(-0.0530903844336536317),
    R(0.00659113935746071914), R(-0.0119129767059513185),
    R(0.000951563851204801874), R(-0.0019586409502041789),
    R(0.000108344428136074417), R(-0.000247413890868462476),
    R(9.94769436025288957e-6), R(-0.0000247652003970349548),
    R(7.49212886399716708e-7), R(-2.00815089473879199e-6),
    R(4.69220761609923163e-8), R(-1.34143929790678657e-7),
    R(2.47116843087248984e-9), R(-7.48064138965894641e-9),
    R(1.10475325528986859e-10), R(-3.52063367673892364e-10),
};

// Up to 10.5 Taylor's series around the nearest whole number, whose terms the equation y'' = x y gives; beyond it 10.4.59, 10.4.60.
static FLOAT airy_ai_FLOAT(const FLOAT x) {
    if (isnan(x)) return x;
    const FLOAT size = fabs(x);
    if (size < R(10.5)) {
        const FLOAT near = rint(x), h = x - near;
        const int at = 2 * ((int)near + 10);
        FLOAT third = 0, second = airy_table_FLOAT[at], first = airy_table_FLOAT[at + 1], sum = second + first * h, power = h;
        for (int n = 2; n < 26; n++) {
            const FLOAT next = (near * second + third) / (n * (n - 1));
            third = second;
            second = first;
            first = next;
            power *= h;
            sum += next * power;
        }
        return sum;
    }
    const FLOAT zeta = 2 * size * sqrt(size) / 3, root = sqrt(R(3.141592653589793) * sqrt(size));
    FLOAT term = 1, sums[2] = {1, 0};
    for (int k = 1; k < 14; k++) {
        term *= (6 * k - 5) * (FLOAT)(6 * k - 1) / (72 * k * zeta);
        const int sign = x > 0 ? (k & 1) : (k >> 1 & 1);
        sums[k & 1] += sign ? -term : term;
    }
    if (x > 0) return exp(-zeta) / (2 * root) * (sums[0] + sums[1]);
    const FLOAT angle = zeta + R(0.7853981633974483);
    return isinf(zeta) ? 0 : (sin(angle) * sums[0] - cos(angle) * sums[1]) / root;
}
#undef R
